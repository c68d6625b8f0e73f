/** The calls of a sandbox stand in a line, and one that has left it holds on to no other. */
import type { ReceivedHead } from '../pipe/call-head';
import { CallQueue } from '../child/call-queue';

it('gives its calls in their order; none keeps those behind it in memory', () => {
  const queue = new CallQueue();
  const calls = ['a', 'b', 'c'].map((requestID) => queue.add({ requestID } as ReceivedHead, '{}'));
  const taken = calls.map(() => queue.take());
  expect(taken).toEqual(calls);
  expect(taken.map((call) => call?.next)).toEqual([undefined, undefined, undefined]);
  expect(queue.take()).toBeUndefined();
});
