/** What the address of a page says. */
import { useParams } from '@tanstack/react-router';

/** The part of the path that stands for `$id` or `$name`. */
export function usePart(name: 'id' | 'name'): string {
  const parts: unknown = useParams({ strict: false });
  return (parts as Record<string, string | undefined>)[name] ?? '';
}
