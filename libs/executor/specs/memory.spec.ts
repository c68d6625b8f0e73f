/** A function that outgrows its memory ends as MEMORY_LIMIT, whatever the memory is made of; its neighbours do not notice. */
import type { Executor } from '../executor';
import { code, executor, fixture, result, run } from '../fixtures/stand';

let on: Executor;
beforeAll(async () => {
  on = executor();
  await on.start([128]);
});
afterAll(() => on.stop(0));

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
