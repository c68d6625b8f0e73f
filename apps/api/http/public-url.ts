/** Where this API is reached, for addresses that it gives away. */

/** `configured`: INVOQ_PUBLIC_URL. Without it, as the caller reached us; `host` is what it says in its Host header. */
export function publicUrl(configured: string | undefined, host: string | undefined): string {
  if (configured !== undefined) return configured.replace(/\/+$/, '');
  return `http://${host ?? 'localhost'}`;
}
