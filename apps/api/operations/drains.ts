/** Taking single workers out of service, and back. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Member, WorkerOrder } from '@invoq/contract/member';
import type { WorkerDrain } from '@invoq/contract/operations/drain';
import { Refusal } from '@invoq/contract/refusal';
import { fromStore } from '@invoq/store/connection/store-error';
import type { WorkerOrders } from '@invoq/store/operators/worker-orders';
import type { StoodDown } from '../fleet/stood-down';

/** A worker obeys at once when the message arrives, else with its next heartbeat. */
const OBEYS_MS = 1_000;
const POLL_MS = 20;

export class Drains {
  constructor(
    private readonly orders: WorkerOrders,
    private readonly stoodDown: Pick<StoodDown, 'poll'>,
  ) {}

  /** Refuses with WORKER_NOT_FOUND. */
  async mustLive(id: string): Promise<void> {
    if (!(await fromStore(this.orders.member(id)))) throw unknown();
  }

  /**
   * What stands after that, once the worker has obeyed or a second is over. Refuses with WORKER_NOT_FOUND,
   * WORKER_NOT_DRAINABLE (an older release), and WORKER_ENDING (one that ends is not resumed).
   */
  async give(id: string, order: WorkerOrder): Promise<WorkerDrain> {
    const found = await fromStore(this.orders.give(id, order));
    if (!found) throw unknown();
    const { member, wanted } = found;
    if (wanted === undefined) {
      const text = `Worker ${id} is of release ${member.release}, which cannot be drained. Stop it with SIGTERM.`;
      throw new Refusal('WORKER_NOT_DRAINABLE', text);
    }
    if (order === 'take' && wanted === 'exit') {
      throw new Refusal('WORKER_ENDING', `Worker ${id} is about to end, and cannot be resumed. Start another one.`);
    }
    const { state } = await fromStore(this.obeyed(member, wanted));
    // Callers of this process are notified now, those of the others within half a second.
    await fromStore(this.stoodDown.poll());
    return { id, state, wanted };
  }

  private async obeyed(member: Member, wanted: WorkerOrder): Promise<Member> {
    for (const until = Date.now() + OBEYS_MS; member.wanted !== wanted && Date.now() < until;) {
      await sleep(POLL_MS);
      const now = await this.orders.member(member.id);
      // One that was idle and was to exit is gone already.
      if (!now) return { ...member, state: 'drained' };
      member = now;
    }
    return member;
  }
}

function unknown(): Refusal {
  return new Refusal('WORKER_NOT_FOUND', 'No living worker has this id. See GET /v1/workers.');
}
