/** What a function starts is counted as the function's: its memory and its number end that call, and nobody else's. */
import { processesWith } from '../harness/process-facts';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const FUNCTIONS = {
  'functions.json': { functions: { kids: { memoryMb: 128 } } },
  'kids.js': `
    const { spawn } = require('child_process');
    const fill = 'const b = []; for (let i = 0; i < 90; i++) b.push(Buffer.alloc(1048576, 1)); setTimeout(() => b, 60000)';
    exports.main = () => new Promise(() => {
      for (let i = 0; i < 4; i++) spawn(process.execPath, ['-e', fill], { stdio: 'ignore', detached: true }).unref();
    });`,
  'spawns.js': `
    const { spawn } = require('child_process');
    exports.main = () => new Promise(() => setInterval(() => spawn('sleep', ['61'], { stdio: 'ignore', env: { KID_OF: 'spawns', ...process.env } }), 2));`,
  'neighbour.js': 'exports.main = ({ x }) => x + 1',
};

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: FUNCTIONS, env: { INVOQ_SANDBOX_PROCESSES: '16' } });
});
afterAll(() => stack.stop());

/** Asynchronously, so that a busy machine has time: the limits are far below it. */
async function ended(name: string): Promise<{ status: string; result: { error: { type: string; message: string } } }> {
  const { body } = await stack.http.post(`/v1/functions/${name}/invocations`, { data: {}, sync: false });
  let data: { status: string } | undefined;
  for (let tries = 0; tries < 5 && data?.status !== 'crashed'; tries++) {
    ({ data } = (await stack.http.get(`/v1/invocations/${body.requestID}?wait=10`)).body as {
      data: { status: string };
    });
  }
  return data as never;
}

const neighbour = async (): Promise<unknown> =>
  (await stack.http.post('/v1/functions/neighbour/invocations', { data: { x: 1 } })).body.data;

test('children that fill the memory end their call as MEMORY_LIMIT, and are gone', async () => {
  const { status, result } = await ended('kids');
  expect({ status, type: result.error.type }).toEqual({ status: 'crashed', type: 'MEMORY_LIMIT' });
  expect(result.error.message).toMatch(/128 MB of memory \(with its \d child process/);
  expect(await neighbour()).toBe(2);
}, 60_000);

test('more children than INVOQ_SANDBOX_PROCESSES end their call as FUNCTION_CRASHED, and are gone', async () => {
  const { status, result } = await ended('spawns');
  expect({ status, type: result.error.type }).toEqual({ status: 'crashed', type: 'FUNCTION_CRASHED' });
  expect(result.error.message).toContain('more than 16 processes');
  await until('the children are gone', () => processesWith('KID_OF=spawns').length === 0, 20_000);
  expect(await neighbour()).toBe(2);
}, 60_000);
