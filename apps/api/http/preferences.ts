/** What a request asks of its answer: to be held for an end, and how a large result comes with it. */
import { Inject, Injectable } from '@nestjs/common';
import { invalid } from '@invoq/contract/refusal';
import type { LargeResult, LargeResultOptions } from '../invocations/call';
import { SETTINGS } from '../process/tokens';
import { parsePrefer } from './prefer';
import { addressOf, publicUrl } from './public-url';
import type { DoorReply, RequestHead } from './wire';

export interface PreferenceLimits {
  /** The longest that `Prefer: wait` is honoured, ms. */
  maxWaitMs: number;
  /** Where callers reach this API, when that is set; else as they did. */
  publicUrl?: string;
}

/** How long an answer is held for an end. */
export interface Hold {
  /** 0: not at all. */
  waitMs: number;
  /** What the answer says of it, when the preference counted, or when the time was cut. */
  applied?: string;
}

/** In `Preference-Applied`: `data` is not the result, but where it is. */
const RESULT_AS_LINK = 'result=url';

@Injectable()
export class Preferences {
  constructor(@Inject(SETTINGS) private readonly limits: PreferenceLimits) {}

  /** What addresses that are given away begin with. */
  base(request: RequestHead): string {
    return publicUrl(this.limits.publicUrl, request);
  }

  /** Where to read on: the record. It answers 200 while the call runs, too, and says where it stands. */
  location(request: RequestHead, requestID: string): string {
    return addressOf(this.limits.publicUrl, request, `/v1/invocations/${requestID}`);
  }

  /** A large result is sent as it is read, unless its address is preferred. */
  large(request: RequestHead): LargeResultOptions {
    return this.largeLink(request) ?? { as: 'stream' };
  }

  /** Where nothing can be sent as it is read: whole, unless its address is preferred. */
  largeLink(request: RequestHead): LargeResultOptions | undefined {
    if (!parsePrefer(request.headers.prefer).resultAsLink) return undefined;
    return { as: 'link', base: this.base(request) };
  }

  /** Of a call. A wait of more than we hold requests open is cut, and the answer says so. */
  ofCall({ headers }: RequestHead): { respondAsync: boolean; waitMs?: number } {
    const { respondAsync, waitMs } = parsePrefer(headers.prefer);
    return {
      respondAsync,
      waitMs: waitMs === undefined ? undefined : Math.min(Math.max(waitMs, 1), this.limits.maxWaitMs),
    };
  }

  /** Of a read: `?wait=` goes before `Prefer: wait`. */
  hold(request: RequestHead, wait: string | undefined): Hold {
    const asked = wait === undefined ? parsePrefer(request.headers.prefer).waitMs : waitOf(wait);
    if (asked === undefined) return { waitMs: 0 };
    const waitMs = Math.min(asked, this.limits.maxWaitMs);
    return { waitMs, applied: wait === undefined || waitMs < asked ? `wait=${waitMs / 1_000}` : undefined };
  }
}

function waitOf(wait: string): number {
  if (/^\d{1,6}$/.test(wait)) return Number(wait) * 1_000;
  throw invalid('wait', 'must be a whole number of seconds');
}

/** The reply with a large result in it, or with word that its address stands there. */
export function withLarge(reply: DoorReply, large: LargeResult | undefined): DoorReply {
  if (large?.as === 'link') prefer(reply, RESULT_AS_LINK);
  return large?.as === 'stream' ? { ...reply, large } : reply;
}

/** Says that a preference was honoured. */
export function prefer({ headers }: DoorReply, applied: string): void {
  const before = headers['preference-applied'];
  headers['preference-applied'] = before === undefined ? applied : `${before}, ${applied}`;
}
