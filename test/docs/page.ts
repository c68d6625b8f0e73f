/** A page of the docs, read as far as a translation can be compared: headings, and what stands under each. */
import { readFileSync } from 'node:fs';

export interface CodeBlock {
  language: string;
  /** The lines of code, without comments and without lines that are comments alone. */
  code: string[];
  line: number;
}

export interface Section {
  /** The words of the heading, as written. Empty for what stands above the first one. */
  heading: string;
  /** 1 to 6; 0 for what stands above the first heading. */
  level: number;
  line: number;
  blocks: CodeBlock[];
  items: number;
  rows: number;
  /** Targets of links, as written: `api.md#health`. */
  links: string[];
}

export function readPage(file: string): Section[] {
  return sectionsOf(readFileSync(file, 'utf8'));
}

export function sectionsOf(markdown: string): Section[] {
  const sections = [section('', 0, 1)];
  let fence: { mark: string; block: CodeBlock } | undefined;
  markdown.split('\n').forEach((text, at) => {
    const here = sections[sections.length - 1];
    const mark = /^\s*(```+|~~~+)\s*(\S*)/.exec(text);
    if (fence) {
      if (mark?.[1] === fence.mark && mark[2] === '') fence = undefined;
      else fence.block.code.push(text);
    } else if (mark) {
      fence = { mark: mark[1], block: { language: mark[2], code: [], line: at + 1 } };
      here.blocks.push(fence.block);
    } else {
      const heading = /^(#{1,6})\s+(.+?)\s*$/.exec(text);
      if (heading) sections.push(section(heading[2], heading[1].length, at + 1));
      else read(text, here);
    }
  });
  for (const { blocks } of sections) for (const block of blocks) block.code = withoutComments(block.code);
  return sections;
}

function section(heading: string, level: number, line: number): Section {
  return { heading, level, line, blocks: [], items: 0, rows: 0, links: [] };
}

function read(text: string, into: Section): void {
  if (/^\s*([*-]|\d+\.)\s/.test(text)) into.items++;
  if (/^\s*\|/.test(text)) into.rows++;
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) into.links.push(target);
}

/** A mark begins a comment at the start of a line or after a blank; `https://` and `#` in a word are code. */
function withoutComments(code: string[]): string[] {
  return code
    .join('\n')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .map((line) => line.replace(/(^|\s+)(#|\/\/)(\s.*)?$/, '').trimEnd())
    .filter((line) => line !== '');
}

/** The anchor of a heading, as GitHub makes it. */
export function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}
