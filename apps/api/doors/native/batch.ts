/** A batch on the native wire: many calls in, an envelope for each out. */
import { invalid, Refusal } from '@invoq/contract/refusal';
import { single } from '../../http/headers';
import { checked } from '../../http/validation.pipe';
import type { Answer, Call } from '../../invocations/call';
import type { BatchDoor, BatchItem } from '../door';
import type { DoorReply, DoorRequest } from '../../http/wire';
import { type BatchDto, BatchItemDto, itemsIn } from './batch.dto';
import type { InvokeDto } from './invoke.dto';
import { acceptedReply } from '../../invocations/answers';
import type { NativeDoor } from './native.door';
import { dataReply, refusalReply } from '../../http/envelope';

export class NativeBatch implements BatchDoor<BatchDto> {
  constructor(private readonly door: NativeDoor) {}

  /** Each is read as the request of a single call would be, so that whatever one call may say, an item may. */
  items(request: DoorRequest<BatchDto>, newID: () => string): BatchItem[] {
    mustHaveNoKey(request);
    return itemsIn(request.body).map((item) => {
      try {
        return this.call(request, checked(item, BatchItemDto, 'item'), newID());
      } catch (error) {
        if (error instanceof Refusal) return short(error);
        throw error;
      }
    });
  }

  /** The request as a whole was in order: 200, whatever became of its items. */
  replyAll(answers: (Answer | Refusal)[], { requestID }: DoorRequest<BatchDto>): DoorReply {
    const items = answers.map((answer) =>
      answer instanceof Refusal ? refusalReply(answer, requestID).body : acceptedReply(answer, '').body,
    );
    const accepted = answers.filter((answer) => !(answer instanceof Refusal)).length;
    const refused = items.length - accepted;
    return dataReply(requestID, `{"accepted":${accepted},"refused":${refused},"items":[${items.join(',')}]}`);
  }

  private call(request: DoorRequest<BatchDto>, item: BatchItemDto, requestID: string): Call {
    const { idempotencyKey, ...rest } = item;
    const body: InvokeDto = { ...rest, sync: false };
    const headers = {
      ...request.headers,
      'idempotency-key': idempotencyKey,
      prefer: undefined,
      'x-invoq-log-tail': undefined,
    };
    return this.door.call({ ...request, requestID, body, headers });
  }
}

/** Its first fault alone: a thousand items may each have many, and an answer holds a refusal for each. */
function short(refusal: Refusal): Refusal {
  const [first] = refusal.fields ?? [];
  if (first === undefined || refusal.fields!.length === 1) return refusal;
  return new Refusal(refusal.type, `${first.field} ${first.rule}.`, { fields: [first] });
}

/** A key stands for one call. One for all of them would be repeated with half of them accepted. */
function mustHaveNoKey({ headers }: DoorRequest<BatchDto>): void {
  if (single(headers['idempotency-key']) === undefined) return;
  const rule = 'belongs to the items of a batch, as "idempotencyKey"';
  throw invalid('Idempotency-Key', rule);
}
