/** Answers that say the same as the one before: 304 without a body (RFC 9110, section 13.1.2). */
import type { IncomingHttpHeaders } from 'node:http';

/** Weak: times so far may differ between two answers with the same tag. */
export function weakTag(tag: string): string {
  return `W/"${tag}"`;
}

/** Whether the caller has an answer with this tag already. Tags of ours have no comma in them. */
export function isKnown(headers: IncomingHttpHeaders, tag: string): boolean {
  const known = headers['if-none-match'];
  if (known === undefined) return false;
  return known.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === `"${tag}"`);
}
