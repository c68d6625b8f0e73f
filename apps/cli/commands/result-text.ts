/** A result as people read it. */
import { shown } from '../output/shown';

export function resultText(value: unknown): string {
  return value === undefined ? 'null' : shown(JSON.stringify(value, null, 2));
}
