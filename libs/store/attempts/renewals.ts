/** The renewals of a worker's leases, written to Redis together: one command for many calls of a partition. */
import { openKey, recordPrefix } from '../keys/keys';
import { partitionOf } from '../keys/partition';
import type { ScriptedRedis } from '../scripts/scripts';
import { Together } from '../scripts/together';

/** `lost`: the attempt is no longer this worker's and must stop at once. `cancel`: kept, and its caller asked for its end. */
export type Renewed = 'kept' | 'cancel' | 'lost';

interface Renewal {
  requestID: string;
  attempt: number;
  leaseMs: number;
}

export class Renewals {
  private readonly together = new Together<Renewal, Renewed>({
    send: (some) => this.send(some),
    lengthOf: ({ requestID }) => requestID.length,
  });

  constructor(private readonly redis: ScriptedRedis) {}

  add(requestID: string, attempt: number, leaseMs: number): Promise<Renewed> {
    return this.together.add(`${partitionOf(requestID)} ${leaseMs}`, { requestID, attempt, leaseMs });
  }

  private async send(renewals: Renewal[]): Promise<Renewed[]> {
    const [{ requestID, leaseMs }] = renewals;
    const partition = partitionOf(requestID);
    const calls = renewals.map(({ requestID: id, attempt }) => ({ id, attempt }));
    const args = { prefix: recordPrefix(partition), leaseMs, calls };
    return (await this.redis.invoqRenew({ keys: { open: openKey(partition) }, args })) as Renewed[];
  }
}
