/** Blobs as files: what holds through kills, full disks and folders that cannot be used. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newBlobID } from './blob-id';
import { FileBlobs } from './file-blobs';
import { chunks } from './fixtures/stores';

const OPTIONS = { contentType: 'text/plain', maxBytes: 64 * 1_048_576 };
const id = (): string => newBlobID(Date.now() + 60_000);
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'invoq-file-blobs-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const files = (): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

it('shows nothing under its name until all of it is written', async () => {
  const store = new FileBlobs(folder);
  const name = id();
  let seen: unknown = 'never looked';
  async function* looking(): AsyncGenerator<Buffer> {
    yield Buffer.from('half');
    seen = await store.about(name);
    expect(files()).toEqual([`${name.slice(name.indexOf('-') + 1)}.part`]);
    yield Buffer.from('half');
  }
  await store.put(name, looking(), OPTIONS);
  expect(seen).toBeUndefined();
  expect(await store.about(name)).toEqual({ contentType: 'text/plain', bytes: 8 });
  expect(files()).toEqual([name.slice(name.indexOf('-') + 1)]);
});

it('drops what a killed process left half-written, with all else of that time', async () => {
  const store = new FileBlobs(folder);
  const past = newBlobID(Date.now() - 3_600_000);
  const shelf = join(folder, past.slice(0, past.indexOf('-')));
  mkdirSync(shelf);
  writeFileSync(join(shelf, 'abc.part'), 'half');
  await store.sweep(Date.now());
  expect(files()).toEqual([]);
});

it('lets nobody else read', async () => {
  const store = new FileBlobs(join(folder, 'blobs'));
  const name = id();
  await store.put(name, chunks(Buffer.from('mine')), OPTIONS);
  const [shelf] = readdirSync(join(folder, 'blobs'));
  expect(statSync(join(folder, 'blobs', shelf)).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'blobs', shelf, name.slice(name.indexOf('-') + 1))).mode & 0o777).toBe(0o600);
});

it('leaves alone what is no shelf of its own', async () => {
  writeFileSync(join(folder, '.link-secret'), 'secret');
  mkdirSync(join(folder, 'Somebody-Elses'));
  await new FileBlobs(folder).sweep(Date.now() + 1e12);
  expect(readdirSync(folder).sort()).toEqual(['.link-secret', 'Somebody-Elses']);
});

it('says that it is away when its directory cannot be one', async () => {
  const blocked = join(folder, 'a-file');
  writeFileSync(blocked, '');
  const store = new FileBlobs(join(blocked, 'blobs'));
  await expect(store.check()).rejects.toMatchObject({ kind: 'away' });
  await expect(store.put(id(), chunks(Buffer.from('x')), OPTIONS)).rejects.toMatchObject({ kind: 'away' });
});

it('says that it is full, and keeps nothing, when the disk has no room', async () => {
  if (!mountSmallDisk(folder)) return console.warn('not shown: a small disk cannot be mounted here');
  try {
    const store = new FileBlobs(folder);
    const kept = id();
    await store.put(kept, chunks(Buffer.alloc(200_000)), OPTIONS);
    await expect(store.put(id(), chunks(Buffer.alloc(2_000_000)), OPTIONS)).rejects.toMatchObject({ kind: 'full' });
    expect(files()).toEqual([kept.slice(kept.indexOf('-') + 1)]);
    await expect(store.put(id(), chunks(Buffer.alloc(100_000)), OPTIONS)).resolves.toBe(100_000);
  } finally {
    execFileSync('umount', [folder]);
  }
});

/** A megabyte of memory as a disk; for root on Linux only. */
function mountSmallDisk(at: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
