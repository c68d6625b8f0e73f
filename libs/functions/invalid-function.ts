/** What is wrong with a functions directory or with one function in it: a value that the worker logs and answers with. */

import type { LoadProblem } from '@invoq/contract/function';

export interface InvalidFunction {
  env: string;
  /** The one function that is refused for it. Absent: the whole directory is at fault. */
  function?: string;
  /** Absolute path of the file or folder at fault. */
  file: string;
  /** One line (a compile error: one line a fault), fit to be shown to whoever wrote the function. */
  message: string;
}

/** The problem as one line of a log or a terminal. */
export function problemLine(problem: InvalidFunction): string {
  const subject = problem.function === undefined ? 'functions directory' : `function ${problem.function}`;
  return `${subject} (env ${problem.env}, ${problem.file}): ${problem.message}`;
}

/** The same as the registry keeps it: the place by itself where it is known (`file:line:column text`), and one line. */
export function loadProblemOf({ file, message }: InvalidFunction): LoadProblem {
  const [first] = message.split('\n');
  const [, line, reason] = /^[^\s:]{1,255}:(\d{1,9}):\d{1,9} (.*)$/.exec(first) ?? [];
  return line === undefined ? { file, reason: first } : { file, line: Number(line), reason };
}

/** Why the file system refused: in words where the code is a common one, else the code. */
export function systemReason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? String(error) : (REASONS[code] ?? code);
}

const REASONS: Record<string, string> = {
  ENOENT: 'it does not exist (ENOENT)',
  ENOTDIR: 'it is not a directory (ENOTDIR)',
  EACCES: 'permission denied (EACCES)',
  EPERM: 'permission denied (EPERM)',
  ELOOP: 'its symbolic links go in a circle (ELOOP)',
};
