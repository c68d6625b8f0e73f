/** A signal that is meant for the worker, and reaches its sandboxes as well, ends no call. */
import type { Executor } from '../executor';
import { answerOf, code, executor, fixture, isAlive, result, run, texts, until } from '../fixtures/stand';

let on: Executor;
beforeAll(async () => {
  on = executor();
  await on.start([128]);
});
afterAll(() => on.stop(0));

describe.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s', (signal) => {
  it.each([
    ['waits', 'await new Promise((r) => setTimeout(r, 300))'],
    ['is busy', 'for (const end = Date.now() + 300; Date.now() < end; );'],
  ])('does not end a function that %s', async (_, work) => {
    const program = code(
      `exports.main = async () => { process.stdout.write(process.pid + '\\n'); ${work}; return process.pid; }`,
    );
    const ran = await run(on, program, {}, {}, { onLog: ({ text }) => void process.kill(Number(text), signal) });
    expect(answerOf(ran)).toBe(Number(texts(ran)[0]));
    expect(await result(on, program)).toBe(answerOf(ran));
  });

  it('is heard by a function that listens to it', async () => {
    const program = code(`exports.main = () => new Promise((resolve) => {
      process.once('${signal}', (name) => resolve(name));
      process.kill(process.pid, '${signal}');
    });`);
    expect(await result(on, program)).toBe(signal);
  });

  it('leaves idle sandboxes and spares where they are', async () => {
    const program = code('exports.main = () => process.pid');
    const pid = (await result(on, program)) as number;
    process.kill(pid, signal);
    await until('the spare stands', () => on.stats().spares === 1);
    expect(await result(on, program)).toBe(pid);
    expect(isAlive(pid)).toBe(true);
  });
});

it('a function whose listener exits crashes with its code', async () => {
  const program = code(`exports.main = () => new Promise(() => {
    process.on('SIGTERM', () => process.exit(9));
    process.kill(process.pid, 'SIGTERM');
  });`);
  expect((await run(on, program)).ending).toMatchObject({ outcome: 'crashed', exitCode: 9 });
  expect(await result(on, fixture('adds.cjs'), { x: 1, y: 2 })).toBe(3);
});
