/** Cuts a text, marking the cut, without cutting a character: no half of a surrogate pair is left. */
import { charCodeAt, slice } from '../pipe/primordials';

/** `units`: of UTF-16; the mark comes on top. */
export function crop(text: string, units: number): string {
  return text.length <= units ? text : `${cut(text, units)}…`;
}

/** The same without a mark. */
export function cut(text: string, units: number): string {
  if (text.length <= units) return text;
  const last = charCodeAt(text, units - 1);
  return slice(text, 0, last >= 0xd800 && last <= 0xdbff ? units - 1 : units);
}
