/** One at a time, whoever died with the lock in hand. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockFile } from './file-lock';

const dir = mkdtempSync(join(tmpdir(), 'invoq-test-lock-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const path = join(dir, 'a.lock');
/** Of a process that is gone. */
const dead = spawnSync(process.execPath, ['-e', '']).pid;

/** So many want it at once; the most that ever held it together. */
async function crowd(count: number): Promise<number> {
  let [inside, most] = [0, 0];
  await Promise.all(
    Array.from({ length: count }, async () => {
      const unlock = await lockFile(path, 20_000);
      most = Math.max(most, ++inside);
      await sleep(2);
      inside--;
      await unlock();
    }),
  );
  return most;
}

test('many at once come one by one, and leave nothing behind', async () => {
  expect(await crowd(12)).toBe(1);
  expect(readdirSync(dir)).toEqual([]);
});

test('that of a dead process is taken over, by one of many', async () => {
  for (let round = 0; round < 5; round++) {
    writeFileSync(path, `${dead} ${hostname()}\n`);
    expect(await crowd(8)).toBe(1);
  }
  expect(readdirSync(dir)).toEqual([]);
});

test.each([
  ['a process that lives', `${process.pid} ${hostname()}\n`],
  ['another machine', `${dead} elsewhere\n`],
  ['nobody knows whom', ''],
])('that of %s is not, however old it is', async (_whose, name) => {
  writeFileSync(path, name);
  utimesSync(path, new Date(0), new Date(0));
  await expect(lockFile(path, 200)).rejects.toThrow(`${path} is in the way`);
  rmSync(path);
});
