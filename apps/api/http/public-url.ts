/** Where this API is reached, for addresses that it gives away. */

/** How the caller came here; behind a trusted proxy, how it came to that. */
export interface Reached {
  protocol: string;
  /** With the port, when it has one. */
  host: string;
}

/** `configured`: INVOQ_PUBLIC_URL. Without it, as the caller reached us. */
export function publicUrl(configured: string | undefined, { protocol, host }: Reached): string {
  if (configured !== undefined) return configured.replace(/(?<!\/)\/+$/, '');
  return `${protocol === 'https' ? 'https' : 'http'}://${host || 'localhost'}`;
}
