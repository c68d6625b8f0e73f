/** A function that outgrows its memory ends as MEMORY_LIMIT, whatever the memory is made of; its neighbours do not notice. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Executor } from '../executor';
import { code, executor, fixture, result, run } from '../fixtures/stand';

const dir = mkdtempSync(join(tmpdir(), 'invoq-memory-'));
// Sandboxes may run as other users.
chmodSync(dir, 0o777);

let on: Executor;
beforeAll(async () => {
  on = executor();
  await on.start([128]);
});
afterAll(async () => {
  await on.stop(0);
  rmSync(dir, { recursive: true });
});

it.each(['heap', 'buffers', 'oneBuffer', 'wasm', 'slowly'])('a bomb: %s', async (how) => {
  const neighbour = run(on, code('exports.main = () => new Promise((resolve) => setTimeout(resolve, 300, "well"))'));
  const { ending, peakRssMb } = await run(on, fixture('grows.cjs'), { how });
  expect(ending).toMatchObject({
    outcome: 'crashed',
    type: 'MEMORY_LIMIT',
    message: expect.stringContaining('128 MB') as string,
  });
  expect(peakRssMb ?? 0).toBeLessThan(128 + 42 + 130);
  expect((await neighbour).ending).toEqual({ outcome: 'succeeded', result: '"well"' });
});

/** Steady for so long that it is looked at as rarely as any. It tells the size of its process after each MB that it takes. */
const quietThenGrows = `
  const { appendFileSync } = require('fs');
  const kept = [];
  exports.main = async ({ file, quietMs }) => {
    await new Promise((resolve) => setTimeout(resolve, quietMs));
    for (;;) {
      for (let i = 0; i < 2; i++) kept.push(Buffer.alloc(1 << 20, 1));
      appendFileSync(file, process.memoryUsage.rss() + '\\n');
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };`;

it.each([0, 3_000])(
  'one that is quiet for %i ms and then grows by up to 2 MB a ms is ended as soon',
  async (quietMs) => {
    const file = join(dir, `grows-after-${quietMs}`);
    const { ending, runMs } = await run(on, code(quietThenGrows), { file, quietMs });
    expect(ending).toMatchObject({ outcome: 'crashed', type: 'MEMORY_LIMIT' });
    expect(runMs).toBeGreaterThan(quietMs);
    const largest = Math.max(...readFileSync(file, 'utf8').trim().split('\n').map(Number)) / 1024 ** 2;
    expect(largest).toBeGreaterThan(128);
    // Its own memory, the runtime's, and 25 ms of growth: 50 MB. The rest is for a busy machine.
    if (process.platform === 'linux') expect(largest).toBeLessThan(128 + 42 + 50 + 40);
  },
);

it.each([128, 256])('%i MB are enough for work within them', async (memoryMb) => {
  expect(await result(on, fixture('grows.cjs', { memoryMb }), { how: 'within' })).toBeGreaterThan(40);
});

it('a refused allocation that the function survives is its own affair', async () => {
  const program = code(`exports.main = () => { try { Buffer.alloc(2 ** 30, 1); } catch (e) { return e.name; } }`);
  expect(await result(on, program)).toBe('RangeError');
});

it('any other RangeError is an error like another', async () => {
  const { ending } = await run(on, code('exports.main = () => new Array(-1)'));
  expect(ending).toMatchObject({ outcome: 'failed', type: 'FUNCTION_ERROR', name: 'RangeError' });
});

it('tells how much was used', async () => {
  const { peakRssMb } = await run(on, fixture('adds.cjs'), { x: 1, y: 2 });
  expect(peakRssMb).toBeGreaterThan(20);
  expect(peakRssMb).toBeLessThan(128);
});
