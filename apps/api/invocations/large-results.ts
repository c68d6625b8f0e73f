/** Brings results that are too large for their records from where they are kept. Callers need not know which those are. */
import { Refusal } from '@invoq/contract/refusal';
import { readStored, type StoredResult, wholeEnvelope } from '@invoq/store/record/stored-result';
import type { Blobs } from '../blobs/blobs';
import { type LargeResult, type LargeResultOptions, RESULT_PLACEHOLDER } from './call';

/** For a reader who waits for nothing else, ms. */
const READ_MS = 30_000;

export interface Whole {
  envelope: string;
  large?: LargeResult;
}

export class LargeResults {
  constructor(
    private readonly blobs: Blobs,
    private readonly onError: (error: unknown) => void,
  ) {}

  /**
   * The envelope of what was recorded, within `limitMs`. Refuses rather than cut anything. `holder`: whose place an open
   * result takes.
   */
  async whole(
    holder: string,
    requestID: string,
    recorded: string,
    largeOptions?: LargeResultOptions,
    limitMs = READ_MS,
  ): Promise<Whole> {
    const stored = readStored(recorded);
    if (!stored) return { envelope: recorded };
    try {
      return await this.bring(holder, requestID, stored, largeOptions, limitMs);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // It ran, and its result waits to be read.
      const text = `The call has ended. Ask for its result by requestID: ${error.message}`;
      const { type, retryAfterS, quotas, cause } = error;
      throw new Refusal(type, text, { requestID, started: true, retryAfterS, quotas, cause });
    }
  }

  private async bring(
    holder: string,
    requestID: string,
    stored: StoredResult,
    largeOptions: LargeResultOptions | undefined,
    limitMs: number,
  ): Promise<Whole> {
    const { blob, bytes } = stored;
    if (largeOptions?.as === 'link') {
      const link = await this.blobs.link(blob, bytes, largeOptions.base);
      return { envelope: wholeEnvelope(requestID, JSON.stringify(link)), large: { as: 'link' } };
    }
    const body = await this.blobs.read(holder, blob, bytes, limitMs);
    if (!body) throw this.missing();
    if (largeOptions?.as === 'stream') {
      return { envelope: wholeEnvelope(requestID, RESULT_PLACEHOLDER), large: { as: 'stream', body, bytes } };
    }
    return { envelope: wholeEnvelope(requestID, await this.blobs.text(body, bytes, limitMs)) };
  }

  private missing(): Refusal {
    const fault = new Refusal('INTERNAL', 'It is not where it was kept. API and workers must share one INVOQ_BLOBS.');
    this.onError(fault);
    return fault;
  }
}
