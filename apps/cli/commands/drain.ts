/** `invoq drain`: takes a worker out of service, and waits for that when asked to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WaitOver } from '../faults';
import type { Use } from '../use';
import { waitMs } from './waiting';

/** Workers tell their state each two seconds. */
const LOOK_MS = 1_000;

interface Options {
  exit?: boolean;
  wait?: number | true;
  reason?: string;
}

export async function run(use: Use<Options>): Promise<void> {
  const { args, options, out, signal } = use;
  const [id] = args;
  const { exit, reason } = options;
  const invoq = await use.client();
  let came: object = await invoq.workers.drain(id, { exit, reason, signal });
  if (options.wait !== undefined) {
    out.note(`${id} takes no more calls; waiting for what runs`);
    use.onStop(`It goes on draining. Take it up again: invoq resume worker ${id}`);
    const until = Date.now() + waitMs(options.wait);
    for (;;) {
      const worker = (await invoq.workers.list({ signal })).find((each) => each.id === id);
      // With --exit it is gone when it is done.
      if (worker === undefined || (!exit && worker.state === 'drained')) {
        came = { id, state: worker?.state ?? 'gone' };
        break;
      }
      if (Date.now() >= until) throw new WaitOver(`${id} is still ${worker.state}.`, `Look: invoq workers --watch`);
      await sleep(LOOK_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
  const { state } = came as { state: string };
  out.answer(came, () => `${id} is ${state}. Take it up again: invoq resume worker ${id}`);
}
