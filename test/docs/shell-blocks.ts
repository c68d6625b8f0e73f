/** The shell blocks of a page, and the answer that the page shows below one. */

export interface ShellBlock {
  /** Where its fence stands in the page. */
  line: number;
  code: string;
  /** The reason that stands behind `no-test` in the fence; undefined: the block is run. */
  notRun?: string;
  /** The JSON block that follows it directly. */
  shown?: string;
}

interface Fence {
  language: string;
  info: string;
  line: number;
  code: string[];
}

/** In the order of the page. A block for the shell is fenced as `sh`; one that cannot run here as `sh no-test <reason>`. */
export function shellBlocksOf(markdown: string): ShellBlock[] {
  const blocks: ShellBlock[] = [];
  let fence: Fence | undefined;
  let last: ShellBlock | undefined;
  markdown.split('\n').forEach((text, at) => {
    const mark = /^\s*```(\S*)\s*(.*)$/.exec(text);
    if (fence === undefined) {
      if (mark) fence = { language: mark[1], info: mark[2], line: at + 1, code: [] };
      // Prose between a command and an answer: the answer may be another's.
      else if (text.trim() !== '') last = undefined;
    } else if (mark) {
      if (last && fence.language === 'json') last.shown = fence.code.join('\n');
      last = fence.language === 'sh' ? blockOf(fence) : undefined;
      if (last) blocks.push(last);
      fence = undefined;
    } else fence.code.push(text);
  });
  return blocks;
}

function blockOf({ info, line, code }: Fence): ShellBlock {
  const notRun = /^no-test\b\s*(.*)$/.exec(info)?.[1];
  return { line, code: code.join('\n'), ...(notRun === undefined ? {} : { notRun }) };
}
