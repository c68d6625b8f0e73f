/** What a sandbox sends is believed only as far as it was looked at; each fault ends that sandbox and its call at once. */
import type { Executor } from '../executor';
import { answerOf, code, executor, fixture, result, run } from '../fixtures/stand';
import { FrameError } from './frames';
import {
  checkedAnswer,
  checkedLingers,
  checkedOutput,
  checkedProgress,
  checkedRest,
  maxMessageBytes,
} from './message-check';

const failed = (said: object): unknown =>
  checkedAnswer({ outcome: 'failed', type: 'FUNCTION_ERROR', message: 'm', ...said }, '');
const nested = (depth: number): object => (depth === 0 ? { message: 'x' } : { message: 'x', cause: nested(depth - 1) });

describe('a head', () => {
  const time = 1_700_000_000_000;
  it.each<[string, () => unknown]>([
    ['output without a head', () => checkedOutput(undefined)],
    ['output at no time', () => checkedOutput({ level: 'info', stream: 'stdout' })],
    ['output at a time that no Date has', () => checkedOutput({ at: 9e15, level: 'info', stream: 'stdout' })],
    ['output at NaN', () => checkedOutput({ at: null, level: 'info', stream: 'stdout' })],
    ['output of another level', () => checkedOutput({ at: time, level: 'fatal', stream: 'stdout' })],
    ['output of another stream', () => checkedOutput({ at: time, level: 'info', stream: '__proto__' })],
    ['output that is cut somehow', () => checkedOutput({ at: time, level: 'info', stream: 'stdout', cut: 1 })],
    ['progress that is not JSON', () => checkedProgress('{')],
    ['progress that is large', () => checkedProgress(`"${'x'.repeat(9_000)}"`)],
    ['an answer that is a text', () => checkedAnswer('failed', '')],
    ['an answer that is a list', () => checkedAnswer([], '')],
    ['an answer of another outcome', () => checkedAnswer({ outcome: 'lost', message: 'm' }, '')],
    ['a failure without a type', () => checkedAnswer({ outcome: 'failed', message: 'm' }, '')],
    ['a failure of another type', () => checkedAnswer({ outcome: 'failed', type: 'OVERLOADED', message: 'm' }, '')],
    ['a failure without a message', () => checkedAnswer({ outcome: 'failed', type: 'BAD_RESULT' }, '')],
    ['a failure with a long name', () => checkedAnswer({ outcome: 'failed', type: 'BAD_RESULT', message: 'm', name: 'n'.repeat(1_000) }, '')],
    ['a failure with a result', () => checkedAnswer({ outcome: 'failed', type: 'BAD_RESULT', message: 'm' }, '1')],
    ['a retry after NaN', () => checkedAnswer({ outcome: 'failed', type: 'BAD_RESULT', message: 'm', retry: { afterMs: 'x' } }, '')],
    ['a retry of true', () => checkedAnswer({ outcome: 'failed', type: 'BAD_RESULT', message: 'm', retry: { retryable: true } }, '')],
    ['a rest without a duration', () => checkedRest(undefined, '')],
    ['a rest after Infinity', () => checkedRest(undefined, 'Infinity')],
    ['work left without a name', () => checkedLingers({})],
    ['work left with a long name', () => checkedLingers({ left: 'x'.repeat(513) })],
    ['changes that are no list', () => checkedRest({ changed: 'fetch' }, '1')],
    ['changes without number', () => checkedRest({ changed: Array.from({ length: 17 }, () => 'x') }, '1')],
    ['a cause without a message', () => failed({ cause: { name: 'X' } })],
    ['a cause that is no error', () => failed({ cause: 'x' })],
    ['causes without end', () => failed({ cause: nested(9) })],
    ['errors that are no list', () => failed({ errors: {} })],
    ['errors without number', () => failed({ errors: Array.from({ length: 11 }, () => ({ message: '' })) })],
    ['a code that is an object', () => failed({ code: {} })],
    ['a long code', () => failed({ code: 'x'.repeat(1e4) })],
    ['details that are a list', () => failed({ details: [] })],
    ['deep details', () => failed({ details: nested(9) })],
    ['details with a prototype', () => failed({ details: JSON.parse('{"a":{"__proto__":1}}') as object })],
    ['long details', () => failed({ details: { a: 'x'.repeat(1e5) } })],
    ['a rest for a reason that is no text', () => checkedRest({ spoiled: {} }, '1')],
  ])('is refused: %s', (_, check) => {
    expect(check).toThrow(FrameError);
  }); // prettier-ignore

  it('is built of what was looked at alone', () => {
    const failed = {
      outcome: 'failed',
      type: 'FUNCTION_ERROR',
      message: 'm',
      name: 'N',
      stack: 's',
      retry: { afterMs: 1 },
    };
    expect(checkedAnswer({ ...failed, exitCode: 7, retry: { afterMs: 1, x: 1 } }, '')).toEqual(failed);
    expect(checkedOutput({ at: time, level: 'warn', stream: 'stderr', cut: true, more: 1 })).toEqual({
      at: time,
      level: 'warn',
      stream: 'stderr',
      cut: true,
    });
    expect(checkedRest({ spoiled: 'why', x: 1 }, '1500')).toEqual({ spoiled: 'why', tookMs: 1.5 });
    expect([1, 2, 9, 16, 255].map(maxMessageBytes(1, 1))).toEqual([0, 0, 0, 0, 0]);
  });
});

/** A frame as `frames.ts` makes it, sent by user code. */
const FRAME = `
  const send = (kind, head, body = '') => {
    const h = Buffer.from(head === undefined ? '' : typeof head === 'string' ? head : JSON.stringify(head)), b = Buffer.from(body);
    const p = Buffer.alloc(10); p[0] = 0xfe; p[1] = kind; p.writeUInt32LE(h.length, 2); p.writeUInt32LE(b.length, 6);
    require('fs').writeSync(3, Buffer.concat([p, h, b]));
  };`;

describe('a function that sends', () => {
  let on: Executor;
  beforeAll(async () => {
    on = executor({ slots: 3 });
    await on.start([128]);
  });
  afterAll(() => on.stop(0));

  it.each([
    ['text', `require('fs').writeSync(3, 'a line\\n')`, 'bytes that are no message'],
    ['output without a head', 'send(11)', 'output without a head'],
    ['output at a bad time', `send(11, { at: 1e300, level: 'info', stream: 'stdout' }, 'x')`, 'output without a time'],
    ['an unknown outcome', `send(13, { outcome: 'won', message: '' })`, 'unknown outcome'],
    ['a failure without a type', `send(13, { outcome: 'failed', message: '' })`, 'unknown type'],
    ['a result that is no JSON', `send(13, undefined, 'this is not json')`, 'a result that is not JSON'],
    ['another requestID', `send(13, undefined, '1,"error":{},"requestID":"forged"}')`, 'a result that is not JSON'],
    ['an unknown kind', 'send(99)', 'a message of kind 99'],
    ['a kind of the worker’s', `send(1, {}, '{}')`, 'a message of kind 1'],
    ['word of its start', 'send(10)', 'a second word of its start'],
    ['a head that is not JSON', `send(11, '{')`, 'a head that is not JSON'],
    ['a closed pipe', `require('fs').closeSync(3)`, 'the end of its pipe'],
  ])('%s crashes at once, alone', async (_, deed, why) => {
    const neighbour = run(on, code(`exports.main = () => new Promise((r) => setTimeout(r, 400, 'unharmed'))`));
    const began = performance.now();
    const { ending } = await run(
      on,
      code(`${FRAME} exports.main = () => new Promise((r) => { ${deed}; setTimeout(r, 9e3); })`),
    );
    expect(ending).toMatchObject({
      outcome: 'crashed',
      type: 'FUNCTION_CRASHED',
      message: expect.stringContaining(why) as string,
    });
    expect(performance.now() - began).toBeLessThan(8_000);
    expect(answerOf(await neighbour)).toBe('unharmed');
    expect(await result(on, fixture('adds.cjs'), { x: 1, y: 2 })).toBe(3);
  });

  it('a second answer has the first one stand', async () => {
    const { ending } = await run(on, code(`${FRAME} exports.main = () => { send(13, undefined, '1'); send(13, undefined, '2'); return 3; }`)); // prettier-ignore
    expect(ending).toEqual({ outcome: 'succeeded', result: '1' });
    expect(await result(on, fixture('adds.cjs'), { x: 1, y: 2 })).toBe(3);
  });
});
