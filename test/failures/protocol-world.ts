/** What a history of the record protocol plays in, and the passing of its time. */
import type { Redis } from 'ioredis';
import type { Mode } from '@invoq/contract/invocation';
import type { Outcome } from '@invoq/contract/outcome';
import type { InvocationStore } from '@invoq/store/invocation-store';
import type { Serving, ServingStore } from '@invoq/store/ready-queue/serving';
import type { DueIndex } from '@invoq/store/background/due-index';
import type { PauseStore } from '@invoq/store/operators/pause-store';
import type { FunctionRef } from '@invoq/store/keys/lane-ref';
import type { ProtocolModel } from './protocol-model';
import type { ModelRecord } from './protocol-record';

export const CLOCK_KEY = '{invoq:0}:clock-of-the-test';
export const RUNS_FIRST_MS = 1e15;
export const MAX_QUEUED = 3;
export const CALLBACK = { url: 'https://receiver.example', events: ['succeeded', 'expired', 'lost'] as Outcome[] };
export const CHANNEL = 'reply-channel-of-the-test';

/** The world that a history plays in: the real one, and what is remembered of it. */
export interface World {
  redis: Redis;
  store: InvocationStore;
  open: DueIndex;
  serving: ServingStore;
  pauses: PauseStore;
  /** Everything that was ever taken, also what is no longer anybody's. */
  claims: { record: ModelRecord; attempt: number; token: string }[];
  /** Envelopes as they were first seen. */
  envelopes: Map<string, string>;
  /** What was announced, by requestID. */
  announced: Map<string, string[]>;
  steps: number;
}

export const place = (mode: Mode): { queue: string; lane: Mode } => ({ queue: 'default', lane: mode });

export const home = ({ mode, flow }: ModelRecord): FunctionRef => ({
  ...place(mode),
  env: 'default',
  function: flow.split(' ')[0],
});

export async function pass(model: ProtocolModel, { redis }: World, ms: number): Promise<void> {
  model.now += ms;
  await redis.set(CLOCK_KEY, model.now);
}

export async function announce(model: ProtocolModel, { serving }: World, kind: Serving): Promise<void> {
  model.kinds.announce(kind, model.now);
  await serving.announce(0, [place('sync'), place('async')], kind);
}
