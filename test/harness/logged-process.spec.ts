/** A process of a test is heard, waited for, and never outlives it. */
import { atEnd, endAll } from './at-end';
import { LoggedProcess } from './logged-process';

const node = (code: string): LoggedProcess => new LoggedProcess('node', process.execPath, ['-e', code], {});
const STAYS = 'setInterval(() => {}, 1000);';

test('a line is waited for, whether it was said already or not', async () => {
  const child = node(`console.log('{"event":"one"}'); setTimeout(() => console.error('two 2'), 100); ${STAYS}`);
  const two = await child.waitForLine('two', (line) => /^two (\d)/.exec(line)?.[1], 5000);
  expect(two).toBe('2');
  await expect(child.waitForLine('one', (line) => (line.includes('one') ? line : undefined), 10)).resolves.toContain(
    'one',
  );
  expect(child.entries()).toEqual([{ event: 'one' }]);
  expect(await child.stop(5000)).toEqual({ code: null, signal: 'SIGTERM' });
  expect(child.diedAlone()).toBeUndefined();
});

test('who waits for a process that dies hears its last words, at once', async () => {
  const child = node(`console.error('no such luck'); process.exit(7)`);
  await expect(child.waitForLine('luck to come', () => undefined, 20_000)).rejects.toThrow(
    /luck to come \(exit code 7\)[^]*no such luck/,
  );
  expect(child.diedAlone()?.message).toContain('ended by itself (exit code 7)');
  child.mayDie();
});

test('a process that takes no SIGTERM is killed, and told of', async () => {
  const child = node(`process.on('SIGTERM', () => {}); console.log('up'); ${STAYS}`);
  await child.waitForLine('up', (line) => line === 'up' || undefined, 5000);
  await expect(child.stop(200)).rejects.toThrow('Not within 200 ms');
  expect(child.exit?.signal).toBe('SIGKILL');
});

test('the end of a suite ends what is left, and says who had died by itself', async () => {
  const left = node(STAYS);
  const fallen = node('process.exit(3)');
  await fallen.exited;
  let reached = false;
  atEnd(() => {
    reached = true;
    throw new Error('an ending that fails');
  });
  await expect(endAll()).rejects.toThrow(/an ending that fails[^]*exit code 3/);
  expect(reached).toBe(true);
  expect(left.exit?.signal).toBe('SIGKILL');
});
