/** `callback-secret`: prints what verifies the callbacks of an env, and makes a secret only when it is asked to. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { secretOfEnv } from '@invoq/callbacks/signature';
import { startReceiver } from '../harness/receiver';
import { scratchDir } from '../harness/scratch';
import { startStack } from '../harness/stack';

const CLI = join(__dirname, '../../dist/apps/worker/callback-secret-cli.js');

interface Printed {
  code: number;
  stdout: string;
  stderr: string;
}

function callbackSecret(args: string[], env: Record<string, string> = {}): Promise<Printed> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { env: { PATH: process.env.PATH, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

it('without a secret it says what is missing, makes none, and ends with 1', async () => {
  const data = scratchDir('data');
  const { code, stdout, stderr } = await callbackSecret(['--data', data]);
  expect(code).toBe(1);
  expect(stdout).not.toMatch(/whsec_/);
  expect(`${stdout}${stderr}`).toMatch(
    /INVOQ_CALLBACK_SECRET is not set, and \S+callback-secret is not there.*--create/,
  );
  expect(existsSync(join(data, 'callback-secret'))).toBe(false);
});

it('--create makes one, for nobody else to read, once: even when many ask at the same moment', async () => {
  const data = join(scratchDir('parent'), 'data');
  const made = await Promise.all(Array.from({ length: 4 }, () => callbackSecret(['--create', '--data', data])));
  expect(made.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(new Set(made.map(({ stdout }) => stdout)).size).toBe(1);
  const file = join(data, 'callback-secret');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const master = readFileSync(file, 'utf8');
  expect(made[0].stdout).toBe(`${secretOfEnv(master, 'default')}\n`);
  // What is printed signs for one env; the one that all are derived from stays where it is.
  expect(made[0].stdout).not.toContain(master.slice(6));

  const again = await callbackSecret(['--create', '--data', data]);
  expect(again.stdout).toBe(made[0].stdout);
  const other = await callbackSecret(['--env', 'staging', '--data', data]);
  expect(other).toMatchObject({ code: 0, stdout: `${secretOfEnv(master, 'staging')}\n` });
}, 60_000);

it('a secret that is set is the one, and nothing is made beside it', async () => {
  const data = scratchDir('data');
  const [one, two] = ['1', '2'].map((digit) => `whsec_${Buffer.alloc(32, digit).toString('base64')}`);
  const settings = { INVOQ_CALLBACK_SECRET: `${one},${two}`, INVOQ_DATA: data };
  // While it is being replaced the first is the one that stays.
  expect(await callbackSecret(['--create'], settings)).toMatchObject({ stdout: `${secretOfEnv(one, 'default')}\n` });
  expect(existsSync(join(data, 'callback-secret'))).toBe(false);
});

it('workers that start later sign with what was made', async () => {
  const receiver = await startReceiver();
  const stack = await startStack({
    functions: { 'add.js': 'exports.main = ({ a, b }) => a + b;' },
    env: { INVOQ_CALLBACK_ALLOW: '127.0.0.0/8' },
    workers: 0,
  });
  const { stdout } = await callbackSecret(['--create', '--data', stack.data]);
  await stack.addWorker();
  const body = { data: { a: 1, b: 2 }, sync: false, callback: { url: receiver.url } };
  const { body: accepted } = await stack.http.post('/v1/functions/add/invocations', body);
  const { text, headers } = await receiver.hears(accepted.requestID);
  new Webhook(stdout.trim()).verify(text, headers as Record<string, string>);
  await stack.stop();
}, 60_000);
