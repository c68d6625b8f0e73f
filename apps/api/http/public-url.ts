/** Where this API is reached, for addresses that it gives away. */

export const PREFIX_FIELD = 'x-forwarded-prefix';

/** How the caller came here; behind a trusted proxy, how it came to that. */
export interface Reached {
  protocol: string;
  /** With the port, when it has one. */
  host: string;
  /** `X-Forwarded-Prefix` only where a trusted proxy wrote it (`forwarded-prefix.ts`). */
  headers: Record<string, string | string[] | undefined>;
}

/** `configured`: INVOQ_PUBLIC_URL. Without it, as the caller reached us. */
export function publicUrl(configured: string | undefined, { protocol, host, headers }: Reached): string {
  if (configured !== undefined) return configured.replace(/(?<!\/)\/+$/, '');
  const prefix = headers[PREFIX_FIELD] ?? '';
  return `${protocol === 'https' ? 'https' : 'http'}://${host || 'localhost'}${String(prefix)}`;
}

/** The same for `Location`: a path is enough, unless callers come through something that takes a part of it away. */
export function addressOf(configured: string | undefined, reached: Reached, path: string): string {
  const isElsewhere = configured !== undefined || reached.headers[PREFIX_FIELD] !== undefined;
  return isElsewhere ? `${publicUrl(configured, reached)}${path}` : path;
}
