/** `invoq drain`: takes a worker out of service, and waits for that when asked to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WaitOver } from '../faults';
import type { Use } from '../use';
import { waitMs } from './waiting';

const POLL_MS = 500;

interface Options {
  exit?: boolean;
  wait?: number | true;
  reason?: string;
}

/** `gone`: it has ended. */
interface Came {
  id: string;
  state: string;
  wanted: string;
}

export async function run(use: Use<Options>): Promise<void> {
  const { args, options, out, signal } = use;
  const [id] = args;
  const invoq = await use.client();
  let came: Came = await invoq.workers.drain(id, { exit: options.exit, reason: options.reason, signal });
  if (options.wait !== undefined) {
    out.note(`${id} takes no more calls; waiting for what runs`);
    use.onStop(`It goes on draining. See how far it is: invoq workers`);
    const until = Date.now() + waitMs(options.wait);
    while (came.state !== 'gone' && (came.wanted === 'exit' || came.state !== 'drained')) {
      const worker = (await invoq.workers.list({ signal })).find((each) => each.id === id);
      if (worker?.wanted === 'take') throw new WaitOver(`${id} was resumed by another operator.`, 'Look: invoq audit');
      came = { ...came, state: worker?.state ?? 'gone' };
      if (Date.now() >= until) throw new WaitOver(`${id} is still ${came.state}.`, 'Look: invoq workers --watch');
      await sleep(POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
  out.answer(came, () => textOf(came));
}

function textOf({ id, state, wanted }: Came): string {
  if (state === 'gone') return `${id} has ended.`;
  if (wanted === 'exit') return `${id} is ${state}, and ends when nothing runs there any more.`;
  return `${id} is ${state}. Take it up again: invoq resume worker ${id}`;
}
