/** What all plots share: colours, and the frame around their parts. */

export const INK = '#1f2937';
export const GRID = '#d1d5db';
/** Ours, or the only one. */
export const MAIN = '#2563eb';
export const OTHER = '#9ca3af';
export const FAINT = '#e5e7eb';

/** @param {string[]} parts SVG elements */
export function svg(width, height, parts) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="${INK}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

export function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
