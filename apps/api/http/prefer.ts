/** The `Prefer` header (RFC 7240) as far as it is honoured: `respond-async`, `wait=<seconds>` and `result=url`. */
export interface Preferences {
  respondAsync: boolean;
  /** ms. With `respondAsync`: so long the answer may take before it is given without the result (RFC 7240, section 4.3). */
  waitMs?: number;
  /** An address of a large result instead of the result. */
  resultAsLink: boolean;
}

const NONE: Readonly<Preferences> = { respondAsync: false, resultAsLink: false };

/** Unknown or malformed preferences are ignored, as the RFC asks. Of one that is there twice the first counts. */
export function parsePrefer(header: string | string[] | undefined): Readonly<Preferences> {
  if (header === undefined) return NONE;
  const said = preferencesIn(Array.isArray(header) ? header.join(',') : header);
  const wait = said.get('wait');
  return {
    respondAsync: said.has('respond-async'),
    waitMs: wait !== undefined && /^\d{1,6}$/.test(wait) ? Number(wait) * 1_000 : undefined,
    resultAsLink: said.get('result')?.toLowerCase() === 'url',
  };
}

/** Values by name, in lower case. What follows a `;` are parameters of a preference; none of ours has any. */
function preferencesIn(text: string): Map<string, string> {
  const said = new Map<string, string>();
  for (const [preference] of partsOf(text, ',').map((part) => partsOf(part, ';'))) {
    const [name, ...rest] = preference.split('=');
    const key = name.trim().toLowerCase();
    if (key !== '' && !said.has(key)) said.set(key, unquoted(rest.join('=').trim()));
  }
  return said;
}

/** Between the separators that stand outside of quotes. */
function partsOf(text: string, separator: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (isQuoted && c === '\\') at++;
    else if (c === '"') isQuoted = !isQuoted;
    else if (!isQuoted && c === separator) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1).replace(/\\(.)/g, '$1')
    : value;
}
