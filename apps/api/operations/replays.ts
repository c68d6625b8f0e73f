/** A call that has ended, once more: as a new call with the same data. */
import { isEnded } from '@invoq/contract/invocation';
import type { Replayed } from '@invoq/contract/operations/replay';
import { Refusal } from '@invoq/contract/refusal';
import type { DeadLetters } from '@invoq/store/dead-letters/dead-letters';
import { storeRefusal } from '@invoq/store/connection/store-error';
import { callAgain } from '../dead-letters/call-again';
import type { Invocations } from '../invocations/invocations';
import type { Records } from '../invocations/records';
import type { AuditLog, Operator } from './audit-log';

export class Replays {
  constructor(
    private readonly records: Records,
    private readonly letters: DeadLetters,
    private readonly invocations: Invocations,
    private readonly audit: AuditLog,
  ) {}

  /** A dead letter leaves its list by this. Refuses with NOT_REPLAYABLE what has no end, or no data any more. */
  async replay(operator: Operator, requestID: string): Promise<Replayed> {
    const { caller } = operator;
    const record = await this.records.find(caller, requestID);
    if (!isEnded(record.status)) {
      const why = `The call has not ended yet: it is ${record.status}.`;
      throw new Refusal('NOT_REPLAYABLE', why, { requestID, started: record.attempt > 0 });
    }
    const remains = await this.letters.remainsOf(requestID).catch((error: unknown) => {
      throw storeRefusal(error, { requestID });
    });
    if (!remains) throw new Refusal('INVOCATION_NOT_FOUND', undefined, { requestID });
    const call = callAgain(record.function, requestID, remains);
    if (call instanceof Refusal) throw call;
    const details = { requestID: call.requestID };
    await this.audit.note(operator, { action: 'invocation.replay', target: requestID, env: caller.env, details });
    const [answer] = await this.invocations.submitAll(caller, record.function, [call]);
    if (answer instanceof Refusal) throw answer;
    return { requestID: answer.requestID, status: answer.status, replayOf: requestID };
  }
}
