/**
 * What the HTTP server knows of a wire protocol: who sends a request, and how to refuse one. The doors implement it; nothing
 * in this folder imports them.
 */
import type { Readable } from 'node:stream';
import type { Refusal } from '@invoq/contract/refusal';
import type { Credentials } from '../auth/caller';
import type { Reached } from './public-url';

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

/** One wire protocol, as far as it is needed for a request that no controller answers. */
export interface Wire {
  /** Reads the caller's credentials from the head of a request. `now`: ms since the epoch. */
  credentials(head: RequestHead, now: number): Credentials;
  /** Reads them again with the body, on a wire whose body carries a part of them. The body is unchecked: any JSON. */
  credentialsWithBody?(request: DoorRequest<unknown>): Credentials;
  refuse(refusal: Refusal, request: DoorRequest<unknown>): DoorReply;
}

/** All wires of this API. */
export interface Wires {
  /** The wire that an address belongs to. `url`: path and query as they were sent. */
  at(method: string, url: string): Wire;
}
