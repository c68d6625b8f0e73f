/** Files that change while calls run: no accepted call fails because of a write in progress, and old and new never mix. */
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpResponse } from '../harness/http';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

const LIMIT_MS = 30_000;
/** A piece of a file at a time, as a slow copy writes it, ms. */
const PIECE_MS = 250;

const invoke = (stack: Stack, name: string, body: object = {}): Promise<HttpResponse> =>
  stack.http.post(`/v1/functions/${name}/invocations`, body);

/** Calls without a pause, four at a time, until `work` is done: what each returned. */
async function callsDuring(stack: Stack, name: string, work: () => Promise<void>): Promise<unknown[]> {
  let over = false;
  const answers: unknown[] = [];
  const callers = Array.from({ length: 4 }, async () => {
    while (!over) {
      const { status, body } = await invoke(stack, name);
      answers.push(status === 200 && body.code === 0 ? body.data : body);
    }
  });
  // Each is at work before anything changes.
  await until('the callers are answered', () => answers.length >= callers.length, LIMIT_MS);
  await work();
  over = true;
  await Promise.all(callers);
  return answers;
}

async function writeSlowly(file: string, text: string): Promise<void> {
  const third = Math.ceil(text.length / 3);
  writeFileSync(file, text.slice(0, third));
  for (const from of [third, 2 * third]) {
    await sleep(PIECE_MS);
    appendFileSync(file, text.slice(from, from + third));
  }
}

const answers = (stack: Stack, name: string, value: unknown): Promise<unknown> =>
  until(`${name} answers ${String(value)}`, async () => (await invoke(stack, name)).body.data === value, LIMIT_MS);

test('a file that is written slowly: the version before answers until the new one is whole', async () => {
  const code = (word: string): string =>
    `const words = { word: '${word}' };\nexports.main = async () => {\n  return words.word;\n};\n`;
  const folder = writeFunctions({
    'f.js': code('old'),
    'g/index.js': "const word = require('./lib/word');\nexports.main = () => word;",
    'g/lib/word.js': "module.exports = 'old';",
  });
  const stack = await startStack({ functions: folder });
  await answers(stack, 'f', 'old');
  const accepted: string[] = [];
  const received = await callsDuring(stack, 'f', async () => {
    const writing = writeSlowly(join(folder, 'f.js'), code('new'));
    for (let i = 0; i < 6; i++) {
      accepted.push((await invoke(stack, 'f', { sync: false })).body.requestID);
      await sleep(100);
    }
    await writing;
    await answers(stack, 'f', 'new');
  });
  expect(new Set(received)).toEqual(new Set(['old', 'new']));
  for (const requestID of accepted) {
    const { body } = await stack.http.get(`/v1/invocations/${requestID}?wait=10`);
    expect(body.data).toMatchObject({ status: 'succeeded' });
  }

  // A helper that is deleted, and written again somewhat later.
  await answers(stack, 'g', 'old');
  const meanwhile = await callsDuring(stack, 'g', async () => {
    rmSync(join(folder, 'g/lib'), { recursive: true });
    await sleep(1_000);
    mkdirSync(join(folder, 'g/lib'));
    await writeSlowly(join(folder, 'g/lib/word.js'), "(module.exports = [\n  'new',\n][0]);");
    await answers(stack, 'g', 'new');
  });
  expect(new Set(meanwhile)).toEqual(new Set(['old', 'new']));
  await stack.stop();
}, 90_000);

test('files that change faster than they can be looked at: their versions before answer, and so do all others', async () => {
  const count = 12;
  const code = (name: number, version: number): string =>
    `const word = require('./_word');\nexports.main = () => '${name} ' + word + ' ${version}';`;
  const functions = Array.from({ length: count }, (_, n) => [`f${n}.js`, code(n, 0)]);
  const folder = writeFunctions({ ...Object.fromEntries(functions), '_word.js': "module.exports = 'old';" });
  const stack = await startStack({ functions: folder });
  await answers(stack, 'f0', '0 old 0');
  const parts = scratchDir('parts');
  const replace = (file: string, text: string): void => {
    writeFileSync(join(parts, file), text);
    renameSync(join(parts, file), join(folder, file));
  };
  const received = await callsDuring(stack, 'f0', async () => {
    for (let round = 1; round <= 60; round++) {
      // Every function is made of it.
      replace('_word.js', `module.exports = '${round % 2 ? 'new' : 'old'}';`);
      replace('f0.js', code(0, round % 2));
      process.kill(stack.workers[0].process.pid, 'SIGHUP');
      await sleep(100);
    }
  });
  const texts = received.map((each) => (typeof each === 'string' ? each.split(' ')[0] : each));
  expect([...new Set(texts)]).toEqual(['0']);
  replace('_word.js', "module.exports = 'last';");
  await Promise.all(['f0', 'f5', 'f11'].map((name) => answers(stack, name, `${name.slice(1)} last 0`)));
  await stack.stop();
}, 90_000);

test('a helper from elsewhere: once its new text has answered, the old one never does again', async () => {
  const root = scratchDir('linked');
  mkdirSync(join(root, 'elsewhere'));
  mkdirSync(join(root, 'functions/f'), { recursive: true });
  const price = join(root, 'elsewhere/price.js');
  writeFileSync(price, 'exports.price = 10;');
  symlinkSync('../../elsewhere/price.js', join(root, 'functions/f/price.js'));
  writeFileSync(
    join(root, 'functions/f/index.js'),
    "const { price } = require('./price');\nexports.main = async () => { await new Promise((r) => setTimeout(r, 20)); return price; };",
  );
  const stack = await startStack({ functions: join(root, 'functions') });
  await answers(stack, 'f', 10);
  const received = await callsDuring(stack, 'f', async () => {
    writeFileSync(price, 'exports.price = 99;');
    await answers(stack, 'f', 99);
  });
  expect(new Set(received)).toEqual(new Set([10, 99]));
  const after = await callsDuring(stack, 'f', () => sleep(1_000));
  expect(new Set(after)).toEqual(new Set([99]));
  await stack.stop();
}, 90_000);

test('without watching, a release that is swapped by a link is served after SIGHUP, and not mixed in before', async () => {
  const root = scratchDir('releases');
  for (const [release, word] of [
    ['r1', 'old'],
    ['r2', 'new'],
  ]) {
    mkdirSync(join(root, release, 'f'), { recursive: true });
    writeFileSync(join(root, release, 'f/word.js'), `module.exports = '${word}';`);
    writeFileSync(
      join(root, release, 'f/index.js'),
      `const own = require('./word');\nexports.main = () => '${word} ' + own;`,
    );
  }
  writeFileSync(join(root, 'r2/added.js'), "exports.main = () => 'added';");
  symlinkSync('r1', join(root, 'current'));
  const stack = await startStack({
    functions: join(root, 'current'),
    // Every call has a sandbox of its own: each loads anew.
    env: { INVOQ_WATCH: 'false', INVOQ_SANDBOX_CALLS: '1' },
  });
  await answers(stack, 'f', 'old old');
  symlinkSync('r2', join(root, 'next'));
  renameSync(join(root, 'next'), join(root, 'current'));
  const before = await callsDuring(stack, 'f', () => sleep(1_000));
  expect(new Set(before)).toEqual(new Set(['old old']));
  const [worker] = stack.workers;
  const received = await callsDuring(stack, 'f', async () => {
    worker.process.signal('SIGHUP');
    await answers(stack, 'f', 'new new');
  });
  expect(new Set(received)).toEqual(new Set(['old old', 'new new']));
  await answers(stack, 'added', 'added');
  await stack.stop();
}, 90_000);

test('functions that are written into two envs at the same moment are both served', async () => {
  const [a, b] = [scratchDir('env-a'), scratchDir('env-b')];
  for (const folder of [a, b]) writeFileSync(join(folder, 'first.js'), 'exports.main = () => 1;');
  const stack = await startStack({ functions: `ra=${a},rb=${b}` });
  for (const folder of [a, b]) writeFileSync(join(folder, 'late.js'), 'exports.main = () => 2;');
  for (const env of ['ra', 'rb']) {
    const call = (): Promise<HttpResponse> =>
      stack.http.post('/v1/functions/late/invocations', {}, { 'x-invoq-env': env });
    await until(`${env} serves it`, async () => (await call()).body.data === 2, LIMIT_MS);
  }
  await stack.stop();
}, 90_000);
