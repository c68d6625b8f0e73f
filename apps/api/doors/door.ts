/**
 * What a door is: one wire protocol, as two pure translations. It sees neither the core nor its neighbours; the gateway
 * carries every door's calls along the one road.
 */
import type { Type } from '@nestjs/common';
import type { Refusal } from '@invoq/contract/refusal';
import type { DoorReply, DoorRequest, Wire } from '../http/wire';
import type { Answer, Call, RunDetails } from '../invocations/call';

export interface Door<Body> extends Wire {
  /** Whether this address is on its wire. What goes wrong there is said in its words, wherever it goes wrong. */
  owns(method: string, path: string): boolean;
  /** Its answers say what a run printed and took, once it has ended. */
  readonly wantsDetails?: boolean;
  /** Refuses with INVALID_REQUEST what its wire allows and the platform does not. */
  call(request: DoorRequest<Body>): Call;
  /** `details`: of a call that has ended, where the door wants them. */
  reply(answer: Answer, request: DoorRequest<Body>, details?: RunDetails): DoorReply;
}

/** One call of a batch as it came: to be called, or refused by itself. */
export type BatchItem = Call | Refusal;

/** A door through which many async calls of one function come in one request. */
export interface BatchDoor<Batch> {
  /** `newID`: makes the requestID of a call. */
  items(request: DoorRequest<Batch>, newID: () => string): BatchItem[];
  /** One for each item, in their order. */
  replyAll(answers: (Answer | Refusal)[], request: DoorRequest<Batch>): DoorReply;
}

/** A door with the routes on its wire, and the doors behind them. */
export interface DoorEntry {
  controllers: Type[];
  doors: Type<Door<never>>[];
}
