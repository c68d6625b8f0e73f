/** On a terminal: colours and a progress bar, a key that is not shown, questions that can be left, and a table in place. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
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

/** With somebody who types `keys` once the question stands there. */
function asked(
  args: string[],
  question: string,
  keys: string,
  home = HOME,
): Promise<{ code: number | null; said: string }> {
  const command = [process.execPath, INVOQ, ...args].map((word) => `'${word}'`).join(' ');
  return new Promise((done, fail) => {
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { PATH: process.env.PATH, HOME: home, TERM: 'xterm', INVOQ_URL: stack.url },
      timeout: 60_000,
    });
    let said = '';
    let typed = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (typed || !said.includes(question)) return;
      typed = true;
      // The question is written a moment before the terminal listens.
      setTimeout(() => child.stdin.write(keys), 300);
    });
    child.once('error', fail);
    child.once('close', (code) => done({ code, said }));
  });
}

const check = hasScript ? test : test.skip;
const QUESTION = 'not shown; empty: none): ';

check('login asks for the key, does not show it, and keeps it', async () => {
  const home = scratchDir('cli-asked');
  const { code, said } = await asked(['login'], QUESTION, 'app.not-to-be-seeX\u007fn\r', home);
  expect(code).toBe(0);
  expect(said).not.toMatch(/app\.|not-to-be/);
  const profile = readFileSync(join(home, '.config', 'invoq', 'profile.json'), 'utf8');
  expect(JSON.parse(profile)).toEqual({ url: stack.url, key: 'app.not-to-be-seen' });
});

check.each([
  ['Ctrl-C', '\u0003', 130, /^invoq: Stopped\.$/m],
  ['Ctrl-D', '\u0004', 2, /Nothing was typed/],
])('%s at a question ends it without a stack', async (_, key, exitCode, answer) => {
  const env = { INVOQ_URL: stack.url };
  expect((await invoq(['submit', 'add', '--data', '{"x":1}', '--delay', '10m'], { env })).code).toBe(0);
  for (const [args, question] of [
    [['login'], QUESTION],
    [['bulk', 'cancel', '--function', 'add'], 'Type yes: '],
  ] as const) {
    const { code, said } = await asked([...args], question, key);
    expect([args[0], code, said]).toEqual([args[0], exitCode, expect.stringMatching(answer)]);
    expect(said).not.toContain('    at ');
  }
});

check('queues --watch shows the table in place; elsewhere one below the other; Ctrl-C ends it', async () => {
  const shown = onTerminal(['queues', '--watch', '--every', '200ms', '--for', '1s']);
  expect(shown.split('\u001b[H\u001b[J').length).toBeGreaterThan(2);
  expect(shown).toMatch(/Ctrl-C ends[\s\S]*QUEUE +LANE/);
  const env = { INVOQ_URL: stack.url };
  const piped = await invoq(['queues', '--watch', '--every', '200ms', '--for', '1s'], { env });
  expect(piped.stdout.match(/^QUEUE/gm)!.length).toBeGreaterThan(1);
  expect(piped.stdout).not.toContain('\u001b');
  const stopped = await invoq(['queues', '--watch', '--every', '60s'], { env, stopAt: 'QUEUE' });
  expect(stopped).toMatchObject({ code: 0, stderr: '' });
});
