/**
 * What a door is: one wire protocol, as two pure translations. It sees neither the core nor its neighbours; the gateway
 * carries every door's calls along the one road.
 */
import type { Readable } from 'node:stream';
import type { Refusal } from '@invoq/contract/refusal';
import type { Credentials } from '../callers/caller';
import type { Reached } from '../http/public-url';
import type { Aftermath, Answer, Call } from '../invocations/call';

/** What a request says before its body: who sends it, and how it is to be answered. */
export interface RequestHead extends Reached {
  headers: Record<string, string | string[] | undefined>;
  ip: string;
  /** Path and query, as they were sent. */
  url: string;
}

/** A request as a door reads it: the parsed and checked body, and what HTTP says around it. */
export interface DoorRequest<Body> extends RequestHead {
  /** Made by us for each request; the invocation's requestID when one comes of it. */
  requestID: string;
  params: Record<string, string>;
  query: Record<string, string>;
  body: Body;
  /** ms since the epoch, by the clock of this process. */
  receivedAt: number;
}

export interface DoorReply {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Goes in the place of `PLACE` in the body. */
  large?: { body: Readable; bytes: number };
}

export interface Door<Body> {
  /** Whether this address is on its wire. What goes wrong there is said in its words, wherever it goes wrong. */
  owns(method: string, path: string): boolean;
  /** What the headers say of the sender. `now`: ms since the epoch. */
  credentials(head: RequestHead, now: number): Credentials;
  /** The same with the body read, on a wire on which it says some of that. The body is unchecked: any JSON. */
  credentialsWithBody?(request: DoorRequest<unknown>): Credentials;
  /** Refuses with INVALID_REQUEST what its wire allows and the platform does not. */
  call(request: DoorRequest<Body>): Call;
  reply(answer: Answer, request: DoorRequest<Body>): DoorReply;
  refuse(refusal: Refusal, request: DoorRequest<unknown>): DoorReply;
}

/** One call of a batch as it came: to be called, or refused by itself. */
export type BatchItem = Call | Refusal;

/** A door through which many async calls of one function come in one request. */
export interface BatchDoor<Batch> {
  /** `newID`: makes the requestID of a call. */
  items(request: DoorRequest<Batch>, newID: () => string): BatchItem[];
  /** One for each item, in their order. */
  replyAll(answers: (Answer | Refusal)[], request: DoorRequest<Batch>): DoorReply;
  refuse(refusal: Refusal, request: DoorRequest<unknown>): DoorReply;
}

/** A door that tells more than the answer, once a call has ended: its output, and what it took. */
export interface TellingDoor<Body> extends Door<Body> {
  tell(answer: Answer, aftermath: Aftermath, request: DoorRequest<Body>): DoorReply;
}
