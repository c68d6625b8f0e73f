/** The sentences of a page's prose, without code, tables and headings. */

const BLOCK = /^\s*(#|\||<|\[[^\]]+\]:|$)/;
const ITEM = /^\s*([*-]|\d+\.)\s+/;
/** Behind a full stop, a question mark or a colon, where something new begins: a capital, a link, code, a quote. */
const END = /(?<=[.!?:][)"”]*)\s+(?=[\p{Lu}"“(⟦`\d…])/u;

export function sentencesOf(markdown: string): string[] {
  return paragraphsOf(markdown).flatMap((paragraph) => plain(paragraph).split(END));
}

/** Code and the text of a link count as they read; an address does not. */
function plain(text: string): string {
  return text
    .replace(/`[^`]*`/g, '`x`')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '⟦$1⟧')
    .replace(/\*\*|__/g, '');
}

function paragraphsOf(markdown: string): string[] {
  const paragraphs = [''];
  let inCode = false;
  for (const line of markdown.split('\n')) {
    const isFence = /^\s*(```|~~~)/.test(line);
    if (isFence) inCode = !inCode;
    if (isFence || (!inCode && BLOCK.test(line))) paragraphs.push('');
    else if (!inCode) {
      if (ITEM.test(line)) paragraphs.push('');
      paragraphs[paragraphs.length - 1] += ` ${line.replace(ITEM, '').trim()}`;
    }
  }
  return paragraphs.map((paragraph) => paragraph.trim()).filter((paragraph) => paragraph !== '');
}

export function wordsIn(sentence: string): number {
  return sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}
