/** Proves that the rules eslint.config.mjs adds to the recommended ones bite, and that their exceptions are no wider than said. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

/** rule → code that breaks it. */
const UNLAWFUL: Record<string, string> = {
  'no-restricted-properties': `export const url = process.env.REDIS_URL;`,
  'no-restricted-imports': `import { env } from 'node:process'; export const home = env;`,
  '@typescript-eslint/no-floating-promises': `export function leave(): void { Promise.resolve(1); }`,
  '@typescript-eslint/no-misused-promises': `export const each = [1].forEach(async () => { await Promise.resolve(); });`,
  '@typescript-eslint/no-explicit-any': `export const anything = (value: any): string => String(value);`,
  '@typescript-eslint/consistent-type-imports': `import { Mode } from './invocation'; export const mode = (given: Mode): Mode => given;`,
  '@typescript-eslint/switch-exhaustiveness-check': `export function name(mode: 'sync' | 'async'): number { switch (mode) { case 'sync': return 1; } return 2; }`,
  '@typescript-eslint/no-unused-vars': `const unused = 1;`,
  eqeqeq: `export const same = (a: number, b: number): boolean => a == b;`,
  'no-console': `console.log('here');`,
};

/** eslint asks the compiler for types, so the code stands in for a file that the project has. */
const SOME_LIB = 'libs/contract/envelope.ts';
const THE_OWNER = 'libs/host/read-settings.ts';

test('each rule names what breaks it', async () => {
  const rules = await rulesBrokenBy(Object.values(UNLAWFUL).join('\n'), SOME_LIB);
  for (const rule of Object.keys(UNLAWFUL)) expect(rules).toContain(rule);
}, 240_000);

test('the owner of the environment may read it, and nothing else is excused', async () => {
  const rules = await rulesBrokenBy(`export const url = process.env.REDIS_URL;\nconsole.log('here');`, THE_OWNER);
  expect(rules).toEqual(['no-console']);
}, 240_000);

test('a script that uses a name nobody defined is found', async () => {
  expect(await rulesBrokenBy(`say('no such function');`, 'scripts/start.mjs')).toEqual(['no-undef']);
}, 240_000);

function rulesBrokenBy(code: string, file: string): Promise<string[]> {
  return new Promise((done, fail) => {
    const args = [
      join(root, 'node_modules/eslint/bin/eslint.js'),
      '--stdin',
      '--stdin-filename',
      file,
      '--format',
      'json',
    ];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['pipe', 'pipe', 'pipe'], timeout: 200_000 });
    let printed = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('error', fail);
    child.once('close', (exitCode) => {
      if (exitCode !== 1) return fail(new Error(`eslint found nothing, or failed (exit code ${exitCode}): ${said}`));
      const [report] = JSON.parse(printed) as { messages: { ruleId: string }[] }[];
      done(report.messages.map((message) => message.ruleId));
    });
    child.stdin.end(code);
  });
}
