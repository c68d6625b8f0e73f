import { Command } from 'ioredis';
import { commandText } from './text-command';

it.each([
  [['plain', '', 'x'.repeat(127), 'x'.repeat(128), 'x'.repeat(70_000)]],
  [['é', '漢字', '😀', '\u0000\r\n']],
  [['{"name":"é"}', 'x'.repeat(127) + 'é', '\ud800']],
  [[]],
])('writes a command as ioredis does: %#', (args: string[]) => {
  expect(commandText('evalsha', args)).toBe(new Command('evalsha', args).toWritable({}));
});
