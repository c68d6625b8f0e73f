/** The first line after a pause goes out in its turn, those that follow soon in one write; what is held at the end is written first. */
import { EventEmitter } from 'node:events';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { gathered } from './gathered-lines';

function captured() {
  const writes: string[] = [];
  const process = new EventEmitter();
  return { writes, process, out: gathered({ write: (text) => writes.push(text) }, process) };
}

test('the lines of a turn are one write, and those of the next 20 ms another', async () => {
  const { writes, out } = captured();
  out.write('a\n');
  out.write('b\n');
  expect(writes).toEqual([]);
  await turn();
  expect(writes).toEqual(['a\nb\n']);
  out.write('c\n');
  await turn();
  out.write('d\n');
  expect(writes).toEqual(['a\nb\n']);
  await sleep(40);
  expect(writes).toEqual(['a\nb\n', 'c\nd\n']);
});

test('after a pause a line waits for nothing', async () => {
  const { writes, out } = captured();
  out.write('a\n');
  await sleep(40);
  out.write('b\n');
  await turn();
  expect(writes).toEqual(['a\n', 'b\n']);
});

test('what is held at the end is written once', async () => {
  const { writes, process, out } = captured();
  out.write('first\n');
  await turn();
  out.write('last words\n');
  process.emit('exit');
  await sleep(40);
  expect(writes).toEqual(['first\n', 'last words\n']);
});

test('a line that is logged while others are written is kept for the next write', async () => {
  const writes: string[] = [];
  const out = gathered({ write: (text) => writes.push(text) > 1 || void out.write('echo\n') }, new EventEmitter());
  out.write('a\n');
  await sleep(40);
  expect(writes).toEqual(['a\n', 'echo\n']);
});
