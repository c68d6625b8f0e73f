/** On a terminal there are colours and a progress bar; in a pipe and with NO_COLOR there are none. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';
import { HOME, INVOQ, invoq } from './invoq';

/** script(1) of util-linux gives a command a terminal. */
const hasScript = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');
if (!hasScript) process.stderr.write('Left out: terminal.test.ts, since script (util-linux) is not here.\n');

const COLOUR = '\u001b[1m';
let stack: Stack;

beforeAll(async () => {
  if (hasScript) stack = await startStack({ functions: { 'add.js': 'exports.main = async ({ x }) => x + 1;' } });
});
afterAll(() => stack?.stop());

function onTerminal(args: string[], env: Record<string, string> = {}): string {
  const command = [process.execPath, INVOQ, ...args].map((word) => `'${word}'`).join(' ');
  const ran = spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME, TERM: 'xterm', INVOQ_URL: stack.url, ...env },
    timeout: 60_000,
  });
  expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: '' });
  return ran.stdout;
}

(hasScript ? test : test.skip)('colours and the bar are for terminals', async () => {
  expect(onTerminal(['functions'])).toContain(COLOUR);
  expect(onTerminal(['functions'], { NO_COLOR: '1' })).not.toContain('\u001b');
  expect((await invoq(['functions'], { env: { INVOQ_URL: stack.url } })).stdout).not.toContain('\u001b');
  const file = join(scratchDir('cli'), 'calls.ndjson');
  writeFileSync(file, Array.from({ length: 200 }, (_, x) => `{"x":${x}}`).join('\n'));
  const batch = onTerminal(['batch', file, '--function', 'add']);
  expect(batch).toMatch(/[█░]{30} \d+% +\d+\/200/);
  expect(batch).toContain('200 succeeded, 0 failed, 0 refused.');
});
