/** The keys file: read, watched, changed. */
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@invoq/host/log';
import { KeysError, parseKeys, sameText } from './keys';
import { KeysEditor } from './keys-editor';
import { LiveKeys } from './live-keys';

const dir = mkdtempSync(join(tmpdir(), 'invoq-keys-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const entry = (id: string, more: object = {}): object => ({
  id, secret: 'a-secret-of-at-least-sixteen', envs: ['default'], scopes: ['invoke'], ...more,
}); // prettier-ignore
const text = (...entries: object[]): string => JSON.stringify({ keys: entries });

test('texts of any length are compared', () => {
  expect([sameText('a', 'a'), sameText('a', 'b'), sameText('', 'a'), sameText('a', 'aaaa')]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test.each([
  ['{', 'not JSON'],
  ['[]', 'must be {"keys": [...]}'],
  [text(entry('a'), entry('a')), 'more than once'],
  [text(entry('../x')), '.id'],
  [text(entry('a', { secret: 'short' })), '.secret'],
  [text(entry('a', { envs: [] })), '.envs'],
  [text(entry('a', { scopes: ['everything'] })), '.scopes'],
  [text(entry('a', { role: 'x' })), '.role'],
])('%s is refused: %s', (file, fault) => {
  expect(() => parseKeys(file)).toThrow(KeysError);
  expect(() => parseKeys(file)).toThrow(fault);
});

test('faults never repeat a secret', () => {
  const secret = 'short';
  expect(() => parseKeys(text(entry('a', { secret })))).toThrow(expect.not.objectContaining({ message: expect.stringContaining(`"${secret}"`) }));
}); // prettier-ignore

describe('a file that is watched', () => {
  const lines: string[] = [];
  const log = {
    info: (_: object, line: string) => lines.push(line),
    warn: (_: object, line: string) => lines.push(line),
    error: (_: object, line: string) => lines.push(line),
  };
  const file = join(dir, 'live.json');
  let live: LiveKeys;
  const until = async (check: () => boolean): Promise<void> => {
    for (let i = 0; i < 200 && !check(); i++) await sleep(10);
    expect(check()).toBe(true);
  };
  beforeAll(async () => {
    writeFileSync(file, text(entry('one')));
    live = await LiveKeys.open(file, log as unknown as Logger, 10);
  });
  afterAll(() => live.stop());

  test('is read again when it changes, also by a file of the same size and time that is moved over it', async () => {
    const { atime, mtime } = statSync(file);
    writeFileSync(`${file}.new`, text(entry('two')));
    utimesSync(`${file}.new`, atime, mtime);
    renameSync(`${file}.new`, file);
    await until(() => live.now().find('two') !== undefined);
    expect(live.now().find('one')).toBeUndefined();
  });

  test('at fault, or gone, it leaves the keys as they are, and is told once', async () => {
    lines.length = 0;
    writeFileSync(file, '{"keys":');
    await until(() => lines.length > 0);
    rmSync(file);
    await until(() => lines.length > 1);
    await sleep(100);
    expect(lines).toHaveLength(2);
    expect(live.now().find('two')).toBeDefined();
    writeFileSync(file, text(entry('three')));
    await until(() => live.now().find('three') !== undefined);
  });

  test('that could not be read once is read again until it can, also when nothing else of it changes', async () => {
    rmSync(file);
    // A folder cannot be read as a file, whoever asks.
    mkdirSync(file);
    await until(() => lines.some((line) => line.includes('at fault')));
    writeFileSync(`${file}.next`, text(entry('four')));
    const before = live.now();
    renameSync(file, `${file}.folder`);
    renameSync(`${file}.next`, file);
    const changed = new Promise((heard) => live.onChange(heard));
    await until(() => live.now().find('four') !== undefined);
    expect(live.now()).not.toBe(before);
    expect(await changed).toBe(live.now());
  });

  test('that others can read or write is warned of at the start', async () => {
    const open = join(dir, 'open.json');
    writeFileSync(open, text(entry('one')), { mode: 0o600 });
    for (const [mode, warned] of [
      [0o600, 0],
      [0o640, 1],
      [0o604, 1],
      [0o602, 1],
    ] as const) {
      chmodSync(open, mode);
      lines.length = 0;
      (await LiveKeys.open(open, log as unknown as Logger)).stop();
      expect([mode, lines.length]).toEqual([mode, warned]);
    }
  });

  test('a process does not start with a file at fault', async () => {
    writeFileSync(join(dir, 'bad.json'), '{}');
    await expect(LiveKeys.open(join(dir, 'bad.json'), log as unknown as Logger)).rejects.toThrow('must be');
    await expect(LiveKeys.open(join(dir, 'none.json'), log as unknown as Logger)).rejects.toThrow('ENOENT');
  });
});

describe('changing a file', () => {
  const input = { envs: ['default'] as [string], scopes: ['invoke' as const] };

  test('makes it, for its owner alone, and leaves nothing beside it', async () => {
    const folder = mkdtempSync(join(dir, 'edit-'));
    const file = join(folder, 'keys.json');
    const editor = new KeysEditor(file);
    expect(await editor.list()).toEqual([]);
    const key = await editor.create({ id: 'a', ...input });
    expect(key.secret).toMatch(/^[\w-]{43}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    chmodSync(file, 0o644);
    const named = await editor.create(input);
    expect(named.id).toMatch(/^key-[0-9a-f]{8}$/);
    // Who reads it by its group goes on doing so.
    expect(statSync(file).mode & 0o777).toBe(0o644);
    await editor.revoke('a');
    expect((await editor.list()).map(({ id }) => id)).toEqual([named.id]);
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  test('what cannot be done changes nothing', async () => {
    const file = join(mkdtempSync(join(dir, 'edit-')), 'keys.json');
    const editor = new KeysEditor(file);
    await editor.create({ id: 'a', ...input });
    const before = readFileSync(file, 'utf8');
    await expect(editor.create({ id: 'a', ...input })).rejects.toThrow('already');
    await expect(editor.revoke('b')).rejects.toThrow('no key "b"');
    expect(readFileSync(file, 'utf8')).toBe(before);
    writeFileSync(file, 'not json');
    await expect(editor.create({ id: 'b', ...input })).rejects.toThrow(KeysError);
    expect(readFileSync(file, 'utf8')).toBe('not json');
  });

  test('many at once lose none', async () => {
    const editor = new KeysEditor(join(mkdtempSync(join(dir, 'edit-')), 'keys.json'));
    await Promise.all(Array.from({ length: 8 }, (_, i) => editor.create({ id: `k${i}`, ...input })));
    expect(await editor.list()).toHaveLength(8);
  });

  test('a link to the file stays one', async () => {
    const folder = mkdtempSync(join(dir, 'edit-'));
    symlinkSync('real.json', join(folder, 'keys.json'));
    writeFileSync(join(folder, 'real.json'), text(entry('one')));
    await new KeysEditor(join(folder, 'keys.json')).revoke('one');
    expect(lstatSync(join(folder, 'keys.json')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'real.json'), 'utf8')).not.toContain('one');
  });

  const asRoot = process.getuid?.() === 0 ? test : test.skip;
  asRoot('of another user, it stays theirs', async () => {
    const file = join(mkdtempSync(join(dir, 'edit-')), 'keys.json');
    const editor = new KeysEditor(file);
    await editor.create({ id: 'a', ...input });
    chownSync(file, 65_534, 65_533);
    chmodSync(file, 0o640);
    await editor.revoke('a');
    const { uid, gid, mode } = statSync(file);
    expect([uid, gid, mode & 0o777]).toEqual([65_534, 65_533, 0o640]);
  });
});
