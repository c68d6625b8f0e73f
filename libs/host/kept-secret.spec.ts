import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
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
  } finally {
    rmSync(folder, { recursive: true });
  }
});
