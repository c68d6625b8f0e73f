/** Keeps the results that are too large for a record, before the record says where they are. */
import { setTimeout as sleep } from 'node:timers/promises';
import { newBlobID } from '@invoq/blobs/blob-id';
import type { BlobStore } from '@invoq/blobs/blob-store';
import type { Run } from '@invoq/executor/call/call';
import type { Stop } from '@invoq/executor/call/stop';
import type { Claimed } from '@invoq/store/attempts/claim';
import type { StoredResult } from '@invoq/store/record/stored-result';

export interface ResultsOptions {
  /** Largest result that goes into the record, bytes. */
  inlineBytes: number;
  onError(error: unknown): void;
}

export interface Kept {
  run: Run;
  /** Where the result is, when it is not in the record. */
  stored?: StoredResult;
}

const JSON_TYPE = 'application/json; charset=utf-8';
/** For a result that nobody waits for, ms: a full disk may be mended, a failover ends. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 500;
/** A result outlives its record by so much, ms: whoever has just read the record still finds it. */
const SLACK_MS = 300_000;

export class Results {
  constructor(
    private readonly blobs: BlobStore,
    private readonly options: ResultsOptions,
  ) {}

  /**
   * The run as it is to be recorded. A large result that cannot be kept is never cut: the call is then `lost`, which is
   * ours and not the function's doing. `stop`: the attempt is no longer ours.
   */
  async keep(claim: Claimed, run: Run, stop: Stop): Promise<Kept> {
    if (run.ending.outcome !== 'succeeded' || !this.isLarge(run.ending.result)) return { run };
    const content = Buffer.from(run.ending.result);
    const giveUpAt = performance.now() + patience(claim, run);
    for (;;) {
      try {
        const id = newBlobID(claim.claimedAt + run.runMs + claim.retainMs + SLACK_MS);
        const options = { contentType: JSON_TYPE, maxBytes: content.length };
        await this.blobs.put(id, once(content), options);
        return { run, stored: { blob: id, bytes: content.length } };
      } catch (error) {
        this.options.onError(error);
        if (stop.isAsked || performance.now() + PAUSE_MS > giveUpAt) {
          const message = `The function returned ${content.length} bytes, which could not be kept: ${(error as Error).message}`;
          return { run: { ...run, ending: { outcome: 'lost', message } } };
        }
      }
      await sleep(PAUSE_MS);
    }
  }

  private isLarge(result: string): boolean {
    const { inlineBytes } = this.options;
    // A character is three bytes at most, so small results need no counting.
    if (result.length * 3 <= inlineBytes) return false;
    return result.length > inlineBytes || Buffer.byteLength(result) > inlineBytes;
  }
}

/** Somebody waits for a sync call, until its deadline. */
function patience({ mode, remainingMs }: Claimed, { runMs }: Run): number {
  return mode === 'sync' ? remainingMs - runMs : PATIENCE_MS;
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}
