/** Cuts a text without cutting a character: no half of a surrogate pair is left at the end. */
export function cutText(text: string, units: number): string {
  if (text.length <= units) return text;
  return text.slice(0, isHigh(text.charCodeAt(units - 1)) ? units - 1 : units);
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
