/** Writes records of calls to a Redis by the protocol's own scripts, without an API or a worker: for what they take. */
import { createRequire } from 'node:module';

/** Records that are written at once. */
const AT_ONCE = 256;
const PLACE = { queue: 'default', lane: 'async' };

export const LOG_LINE =
  '{"attempt":1,"time":"2027-01-01T00:00:00.000Z","level":"info","stream":"stdout","text":"a line"}\n';

/** JSON of so many bytes. */
export function text(bytes) {
  return JSON.stringify('x'.repeat(bytes - 2));
}

/** Bytes that the data of a Redis take, with what it needs to find them. */
export async function usedMemory(redis) {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))[1]);
}

export class RecordWriter {
  #store;
  #announce;
  #newRequestID;

  /** @param redis a client; dist must be built */
  constructor(redis) {
    const require = createRequire(import.meta.url);
    const { InvocationStore } = require('../dist/libs/store/invocation-store.js');
    const { newRequestID } = require('../dist/libs/store/keys/partition.js');
    const { ServingStore, servingOf } = require('../dist/libs/store/ready-queue/serving.js');
    this.#store = new InvocationStore(redis);
    this.#newRequestID = newRequestID;
    this.#announce = async (lane) => {
      const serving = servingOf(['default:add'], []);
      await new ServingStore(redis, 'w').announce(0, [{ ...PLACE, lane }], serving);
      return serving;
    };
  }

  /**
   * Calls from their acceptance to their end, `count` of them.
   * @param kind `plan`: what differs from a plain async call; `data`, `result` (none: the function failed), `logs`: text;
   *   `waits`: they are accepted, and wait
   */
  async write(kind, count, retainMs) {
    const { mode = 'async', deadMs, keepData } = kind.plan;
    const place = { ...PLACE, lane: mode };
    const plan = {
      mode, lane: mode, timeoutMs: 300_000, expireAfterMs: 21_600_000, waitMs: 0, maxStarts: 3, priority: 0, retainMs,
      deadMs: deadMs ? retainMs : undefined, keepData,
    }; // prettier-ignore
    const serving = await this.#announce(mode);
    let left = count;
    const one = async () => {
      const requestID = this.#newRequestID(0);
      await this.#submit(requestID, plan, kind, retainMs);
      if (!kind.waits) await this.#run(requestID, place, kind, serving);
    };
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (left-- > 0) await one();
      }),
    );
  }

  async #submit(requestID, plan, { data }, retainMs) {
    const origin = JSON.stringify({ eventType: 'api', ip: '127.0.0.1', userAgent: 'node' });
    await this.#store.submit({
      requestID, env: 'default', function: 'add', queue: 'default', plan, data, origin, depth: 0, replyTo: '',
      maxQueued: 1e9, listed: { max: 1_000_000, keepMs: retainMs },
    }); // prettier-ignore
  }

  /** Whichever call is next; all are of one kind. */
  async #run(requestID, place, kind, serving) {
    const starter = { worker: 'worker-00000000-0000-4000-8000', leaseMs: 100, tokenHash: requestID.padEnd(43, 'x') };
    const { claims } = await this.#store.take(0, place, [starter], serving.digest, false);
    const home = { ...place, env: 'default', function: 'add' };
    const used = { runMs: 1.5, peakRssMb: 42 };
    const ending = endingOf(kind);
    await this.#store.finish({
      requestID: claims[0].requestID, home, attempt: 1, ending, logs: kind.logs ?? '', used,
    }); // prettier-ignore
  }
}

function endingOf({ result }) {
  if (result !== undefined) return { outcome: 'succeeded', result };
  const stack = 'Error: boom\n    at f.js:1';
  return { outcome: 'failed', type: 'FUNCTION_ERROR', message: 'boom', name: 'Error', stack };
}
