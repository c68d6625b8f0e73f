/** Large results are kept before their records speak of them; one that cannot be kept is never cut. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expiryOf } from '@invoq/blobs/blob-id';
import { FileBlobs } from '@invoq/blobs/file-blobs';
import type { Run } from '@invoq/executor/call/call';
import type { Claimed } from '@invoq/store/attempts/claim';
import { Results } from './results';
import { Stop } from '@invoq/executor/call/stop';

const HOUR_MS = 3_600_000;
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'invoq-results-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const claim = (more: Partial<Claimed> = {}): Claimed => ({
  requestID: '00000000-0000-4000-8000-000000000000',
  attempt: 1,
  remainingMs: 5_000,
  limitMs: 5_000,
  mode: 'sync',
  env: 'default',
  function: 'large',
  data: '{}',
  origin: '{}',
  depth: 0,
  trace: '',
  queueMs: 0,
  retainMs: HOUR_MS,
  losses: 0,
  ageMs: 0,
  claimedAt: 1_800_000_000_000,
  ...more,
});
const run = (result: string): Run => ({
  ending: { outcome: 'succeeded', result },
  runMs: 10,
  logs: [],
  logsCut: false,
  started: true,
});
const never = new Stop();
const asked = new Stop();
asked.ask();

it('leaves small results, and everything that is none, to the record', async () => {
  const blobs = new FileBlobs(folder);
  const results = new Results(blobs, { inlineBytes: 10, onError: fail });
  for (const small of [run('"12345678"'), run('"ééé"')])
    expect(await results.keep(claim(), small, never)).toEqual({ run: small });
  const failed: Run = { ...run(''), ending: { outcome: 'timedOut', limitMs: 1 } };
  expect(await results.keep(claim(), failed, never)).toEqual({ run: failed });
});

it.each(['"123456789"', '"éééé"'])('keeps %s, for longer than its record', async (result) => {
  const blobs = new FileBlobs(folder);
  const results = new Results(blobs, { inlineBytes: 9, onError: fail });
  const kept = await results.keep(claim(), run(result), never);
  expect(kept.run).toEqual(run(result));
  const { blob, bytes } = kept.stored!;
  expect(bytes).toBe(Buffer.byteLength(result));
  expect(await text((await blobs.open(blob))!.body)).toBe(result);
  // By the clock of Redis, whatever this machine's says.
  expect(expiryOf(blob)).toBeGreaterThan(1_800_000_000_000 + HOUR_MS);
  expect(expiryOf(blob)).toBeLessThan(1_800_000_000_000 + 2 * HOUR_MS);
});

describe('when it cannot be kept', () => {
  const blocked = (): FileBlobs => {
    writeFileSync(join(folder, 'a-file'), '');
    return new FileBlobs(join(folder, 'a-file', 'blobs'));
  };

  it('tries until the deadline of a sync call, and then says lost and why', async () => {
    const faults: unknown[] = [];
    const results = new Results(blocked(), { inlineBytes: 3, onError: (error) => faults.push(error) });
    const { run: said, stored } = await results.keep(claim({ remainingMs: 1_300 }), run('"large"'), never);
    expect(stored).toBeUndefined();
    expect(said.ending).toEqual({
      outcome: 'lost',
      message: expect.stringMatching(/^The function returned 7 bytes, which could not be kept: .*ENOTDIR/),
    });
    expect(faults).toHaveLength(3);
  });

  it('gives up at once when the attempt is no longer its own', async () => {
    const results = new Results(blocked(), { inlineBytes: 3, onError: () => undefined });
    const began = performance.now();
    await results.keep(claim({ mode: 'async' }), run('"large"'), asked);
    expect(performance.now() - began).toBeLessThan(500);
  });

  it('succeeds when there is room again', async () => {
    const store = new FileBlobs(join(folder, 'a-file'));
    writeFileSync(join(folder, 'a-file'), '');
    const results = new Results(store, {
      inlineBytes: 3,
      onError: () => rmSync(join(folder, 'a-file'), { force: true }),
    });
    expect((await results.keep(claim({ mode: 'async' }), run('"large"'), never)).stored?.bytes).toBe(7);
  });
});

function fail(error: unknown): never {
  throw error;
}
