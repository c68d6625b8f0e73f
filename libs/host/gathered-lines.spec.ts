/** What is logged in one turn is one write, in its order; what is held when the process goes is written first. */
import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { gathered } from './gathered-lines';

function captured() {
  const writes: string[] = [];
  const process = new EventEmitter();
  return { writes, process, out: gathered({ write: (text) => writes.push(text) }, process) };
}

test('the lines of a turn are one write, those of the next turn another', async () => {
  const { writes, out } = captured();
  out.write('a\n');
  out.write('b\n');
  expect(writes).toEqual([]);
  await turn();
  expect(writes).toEqual(['a\nb\n']);
  out.write('c\n');
  await turn();
  expect(writes).toEqual(['a\nb\n', 'c\n']);
});

test('what is held at the end is written once', async () => {
  const { writes, process, out } = captured();
  out.write('last words\n');
  process.emit('exit');
  await turn();
  expect(writes).toEqual(['last words\n']);
});

test('a line that is logged while others are written waits for its own turn', async () => {
  const writes: string[] = [];
  const out = gathered({ write: (text) => writes.push(text) > 1 || void out.write('echo\n') }, new EventEmitter());
  out.write('a\n');
  await turn();
  await turn();
  expect(writes).toEqual(['a\n', 'echo\n']);
});
