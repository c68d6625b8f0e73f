/** What is handed in for a call: its record, where it is kept, and what makes it the same call as another one. */
import { createHash } from 'node:crypto';
import type { CallbackInput } from '@invoq/contract/callback';
import type { FunctionSpec } from '@invoq/contract/function';
import { readTraceContext, traceText } from '@invoq/host/tracing/trace-context';
import type { Plan, PlatformLimits } from '@invoq/policy/plan';
import { inPartition, partitionOfFunction, partitionOfText } from '@invoq/store/keys/partition';
import type { ByteQuotas, ListedBounds, Submission } from '@invoq/store/submission/submission';
import type { Caller } from '../auth/caller';
import { type Call, textOf } from './call';

export interface SubmissionOptions {
  limits: PlatformLimits;
  /** As many calls may wait in one lane. */
  maxQueued: number;
  /** As many calls may be under way in one partition when a delayed one is added. */
  maxOpen: number;
  /** Bytes that the calls of one env may hold in one partition. */
  quotas: ByteQuotas;
  partitions: number;
  listed: ListedBounds;
  /** The channel on which this process is notified of ends. */
  replyTo: string;
}

export function submissionOf(
  caller: Caller,
  call: Call,
  spec: FunctionSpec,
  plan: Plan,
  options: SubmissionOptions,
): Submission {
  const { limits, maxQueued, maxOpen, quotas, partitions, replyTo, listed } = options;
  const submission: Submission = {
    requestID: call.requestID,
    env: caller.env,
    function: spec.name,
    queue: spec.queue,
    plan,
    data: textOf(call.data),
    origin: originOf(caller, call),
    depth: caller.depth,
    trace: traceOf(caller, call),
    replyTo: plan.waitMs > 0 ? replyTo : '',
    maxQueued,
    maxOpen,
    quotas,
    listed,
    replay: call.replay,
    callback: callbackOf(call, spec),
    notes: call.notes,
  };
  const key = call.idempotencyKey;
  // What is counted together is in one place: all calls of a function with a limit, or all of one key. A replay stays
  // where its dead letter is.
  const partition =
    plan.maxRunning !== undefined && !call.replay
      ? partitionOfFunction(caller.env, spec.name, partitions)
      : key !== undefined
        ? partitionOfText(`${caller.env}\n${key}`, partitions)
        : undefined;
  if (partition !== undefined) submission.requestID = inPartition(call.requestID, partition);
  if (key === undefined) return submission;
  submission.idempotency = { key, bodyHash: hashOf(call, submission.data), keepMs: limits.idempotencyMs };
  return submission;
}

/** The call's own word goes before its function's. */
export function callbackOf(call: Call, spec: FunctionSpec): CallbackInput | undefined {
  return call.callback === undefined ? spec.callback : (call.callback ?? undefined);
}

/** What makes two requests with one key the same request. */
function hashOf(call: Call, data: string): string {
  const { function: name, sync, onTimeout, timeoutMs, waitMs, priority, retry, delayMs, runAt, callback, notes } = call;
  // What is not asked for adds nothing: keys that were used before it could be asked for stay good.
  const late = delayMs === undefined && runAt === undefined ? undefined : { delayMs, runAt };
  const target = callback === undefined ? undefined : { callback };
  const { user } = call.origin;
  const limit = waitMs === undefined || timeoutMs === undefined ? undefined : { timeoutMs };
  const more = [priority, retry && { retry }, late, target, user && { user }, limit, notes && { notes }].filter(
    (option) => option !== undefined,
  );
  const what = JSON.stringify([name, sync, onTimeout, waitMs ?? timeoutMs ?? null, data, ...more]);
  return createHash('sha256').update(what).digest('base64url');
}

/** Of the same few programs come most calls: what was written of the last origins is remembered. */
const MAX_REMEMBERED = 1_000;
const MAX_REMEMBERED_LENGTH = 400;
const remembered = new Map<string, string>();

/** What the function and operators see of the origin of a call. A replay is its own caller's. */
function originOf({ keyID, callID: parentID, eventType = '' }: Caller, { origin }: Call): string {
  const { ip = '', userAgent, source, user } = origin;
  const isCommon = parentID === undefined && source === undefined && user === undefined;
  const key = isCommon ? `${eventType}\n${origin.eventType}\n${keyID ?? ''}\n${ip}${agentKey(userAgent)}` : '';
  if (!isCommon || key.length > MAX_REMEMBERED_LENGTH) return originText(keyID, parentID, eventType, origin);
  const known = remembered.get(key);
  if (known !== undefined) return known;
  if (remembered.size === MAX_REMEMBERED) remembered.clear();
  const text = originText(keyID, parentID, eventType, origin);
  remembered.set(key, text);
  return text;
}

/** None is not the same as an empty one. */
function agentKey(userAgent: string | undefined): string {
  return userAgent === undefined ? '' : `\n${userAgent}`;
}

function originText(
  keyID: string | undefined,
  parentID: string | undefined,
  eventType: string,
  origin: Call['origin'],
): string {
  return JSON.stringify({ ...origin, eventType: eventType || origin.eventType, keyID, parentID });
}

/** The caller's trace goes on as it came; a malformed header is none. A function that sends none is in the trace of its call. */
function traceOf(caller: Caller, { traceparent, tracestate }: Call): string | undefined {
  const sent = readTraceContext(traceparent, tracestate);
  return sent === undefined ? caller.trace : traceText(sent);
}
