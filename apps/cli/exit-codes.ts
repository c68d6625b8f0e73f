/** What the exit code of `invoq` says. The help of every command shows this table. */

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  unreachable: 4,
  waitOver: 5,
  interrupted: 130,
} as const;

const MEANING: Record<keyof typeof EXIT, string> = {
  ok: 'done; a function that was waited for has returned',
  failed: 'the function failed; doctor: a check failed',
  usage: 'wrong arguments, or a file that cannot be used',
  refused: 'Invoq refused the request, or the call ended without having run to its end',
  unreachable: 'no Invoq answered at this URL',
  waitOver: 'the time to wait is over before the end; ask again later',
  interrupted: 'stopped by Ctrl-C',
};

export function exitCodesText(): string {
  const rows = Object.entries(EXIT).map(
    ([name, code]) => `  ${String(code).padEnd(3)}  ${MEANING[name as keyof typeof EXIT]}`,
  );
  return ['', 'Exit codes:', ...rows].join('\n');
}
