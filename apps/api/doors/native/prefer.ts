/** The `Prefer` header (RFC 7240) as far as it is honoured: `respond-async`, `wait=<seconds>` and `result=url`. */
export interface Preferences {
  respondAsync: boolean;
  /** ms. */
  waitMs?: number;
  /** An address of a large result instead of the result. */
  resultAsLink: boolean;
}

const NONE: Readonly<Preferences> = { respondAsync: false, resultAsLink: false };

/** Unknown or malformed preferences are ignored, as the RFC asks. */
export function parsePrefer(header: string | string[] | undefined): Readonly<Preferences> {
  if (header === undefined) return NONE;
  const preferences: Preferences = { ...NONE };
  const text = Array.isArray(header) ? header.join(',') : header;
  for (const part of text.toLowerCase().split(/[,;]/)) {
    const [name, value] = part.split('=').map((side) => side.trim());
    if (name === 'respond-async') preferences.respondAsync = true;
    if (name === 'result' && value === 'url') preferences.resultAsLink = true;
    if (name === 'wait' && /^\d{1,6}$/.test(value ?? '')) preferences.waitMs = Number(value) * 1_000;
  }
  return preferences;
}
