import { shellBlocksOf } from './shell-blocks';

const PAGE = [
  'Run it:',
  '',
  '```sh',
  'curl -s x',
  'curl -s y',
  '```',
  '',
  '```json',
  '{"code":0}',
  '```',
  '',
  '```sh no-test needs systemd',
  'systemctl start x',
  '```',
  '',
  'Prose.',
  '',
  '```json',
  '{"code":1}',
  '```',
].join('\n');

it('finds the blocks, the answer that is shown below, and the reason why one is not run', () => {
  expect(shellBlocksOf(PAGE)).toEqual([
    { line: 3, code: 'curl -s x\ncurl -s y', shown: '{"code":0}' },
    { line: 12, code: 'systemctl start x', notRun: 'needs systemd' },
  ]);
});
