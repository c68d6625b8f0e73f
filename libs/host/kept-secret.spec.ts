import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptSecret } from './kept-secret';

it('is one for all who share the folder, made once, and for nobody else to read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'invoq-kept-secret-'));
  try {
    const directory = join(folder, 'data');
    const secret = (): Promise<string> => keptSecret(join(directory, 'secret'), (bytes) => bytes.toString('base64url'));
    const secrets = await Promise.all(Array.from({ length: 20 }, secret));
    expect(new Set(secrets).size).toBe(1);
    expect(secrets[0]).toMatch(/^[\w-]{43}$/);
    expect(await secret()).toBe(secrets[0]);
    expect(readdirSync(directory)).toEqual(['secret']);
    expect(statSync(join(directory, 'secret')).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('that others can read is told of', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'invoq-kept-secret-'));
  const file = join(folder, 'secret');
  const warned: unknown[] = [];
  const secret = (): Promise<string> => keptSecret(file, String, { warn: (...said) => warned.push(said) });
  try {
    await secret();
    await secret();
    expect(warned).toEqual([]);
    chmodSync(file, 0o640);
    await secret();
    expect(warned).toEqual([[{ file, mode: '640' }, 'others can read or write a secret; chmod 600 closes it']]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
