/** Addresses that are signed here, and nothing else, open what they name, until they expire. */
import { newBlobID } from '@invoq/blobs/blob-id';
import { BlobLinks } from './blob-links';

const NOW = 1_800_000_000_000;
const id = newBlobID(NOW);
const links = new BlobLinks(async () => 'a secret of some length');
const partsOf = (url: string) => {
  const { pathname, searchParams } = new URL(url);
  return [pathname.split('/').at(-1)!, searchParams.get('expires')!, searchParams.get('signature')!] as const;
};

it('opens what it was signed for, until it expires', async () => {
  const url = await links.sign('http://here:1/base', id, NOW + 1_000);
  expect(url).toMatch(/^http:\/\/here:1\/base\/v1\/blobs\//);
  await expect(links.check(...partsOf(url), NOW + 999)).resolves.toBeUndefined();
  await expect(links.check(...partsOf(url), NOW + 1_000)).rejects.toMatchObject({ type: 'FORBIDDEN' });
});

it('opens nothing else', async () => {
  const [name, expires, signature] = partsOf(await links.sign('http://here', id, NOW + 1_000));
  const others: [string, string, string][] = [
    [newBlobID(NOW), expires, signature],
    [name, String(NOW + 2_000), signature],
    [name, expires, ''],
    [name, expires, signature.slice(1)],
    [name, '', signature],
  ];
  for (const other of others) await expect(links.check(...other, NOW)).rejects.toMatchObject({ type: 'FORBIDDEN' });
  const stranger = new BlobLinks(async () => 'another secret');
  await expect(stranger.check(name, expires, signature, NOW)).rejects.toMatchObject({ type: 'FORBIDDEN' });
});
