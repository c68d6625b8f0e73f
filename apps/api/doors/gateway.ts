/** The one road from every door to the core: translate, invoke, reply. The caller is identified before (auth/caller.guard.ts). */
import { Injectable } from '@nestjs/common';
import type { Deliveries } from '@invoq/contract/callback';
import { Refusal } from '@invoq/contract/refusal';
import { FUNCTION_NAME, type KnownFunction } from '@invoq/contract/function';
import type { Status } from '@invoq/contract/invocation';
import { RegistryCache } from '@invoq/functions/registry-cache';
import { storeRefusal } from '@invoq/store/connection/store-fault';
import type { Caller } from '../auth/caller';
import { HeldAnswers } from '../auth/held-answers';
import { rateLimitHeaders } from '../http/rate-limit-headers';
import { Faults } from '../http/faults';
import type {
  Answer,
  Call,
  CallPage,
  CallQuery,
  Followed,
  HangUp,
  LargeWish,
  Limited,
  LivePlace,
  PastCall,
} from '../invocations/call';
import { Pauses } from '../operations/pauses';
import { DeliveryLog } from '../invocations/delivery-log';
import { Following } from '../invocations/following';
import { Invocations } from '../invocations/invocations';
import { type LookedUp, Lookup } from '../invocations/lookup';
import { type ReadRecord, Records } from '../invocations/records';
import { withUser } from './user';
import type { BatchDoor, Door, TellingDoor } from './door';
import type { DoorReply, DoorRequest } from '../http/wire';

@Injectable()
export class Gateway {
  constructor(
    private readonly invocations: Invocations,
    private readonly records: Records,
    private readonly deliveryLog: DeliveryLog,
    private readonly following: Following,
    private readonly lookups: Lookup,
    private readonly held: HeldAnswers,
    private readonly functions: RegistryCache,
    private readonly pauses: Pauses,
    private readonly faults: Faults,
  ) {}

  /** Never rejects: whatever happens is said in the door's own words. */
  async serve<Body>(door: Door<Body>, caller: Caller, request: DoorRequest<Body>, hangUp: HangUp): Promise<DoorReply> {
    return this.answer(door, caller, request, hangUp, async (answer) => door.reply(answer, request));
  }

  /** The same, for a door that tells more than the answer. */
  async serveAndTell<Body>(
    door: TellingDoor<Body>,
    caller: Caller,
    request: DoorRequest<Body>,
    hangUp: HangUp,
  ): Promise<DoorReply> {
    return this.answer(door, caller, request, hangUp, async (answer) => {
      if (answer.kind === 'accepted') return door.reply(answer, request);
      return door.tell(answer, await this.records.aftermath(answer.requestID), request);
    });
  }

  /** Many calls of one function in one request, each accepted or refused by itself. Never rejects. */
  async serveAll<Batch>(door: BatchDoor<Batch>, caller: Caller, request: DoorRequest<Batch>): Promise<DoorReply> {
    try {
      const items = door
        .items(request, () => this.invocations.newID())
        .map((item) => {
          try {
            return item instanceof Refusal ? item : withUser(item, caller, request.headers);
          } catch (error) {
            if (error instanceof Refusal) return error;
            throw error;
          }
        });
      const calls = items.filter((item): item is Call => !(item instanceof Refusal));
      const answers = (await this.invocations.submitAll(caller, request.params.name ?? '', calls)).values();
      const all = items.map((item) => (item instanceof Refusal ? item : answers.next().value!));
      for (const one of all) if (one instanceof Refusal) this.faults.note(one, request.requestID);
      return withLimits(door.replyAll(all, request), all.find(({ quotas }) => quotas) ?? {});
    } catch (error) {
      return this.refused(door, error, request);
    }
  }

  private async answer<Body>(
    door: Door<Body>,
    caller: Caller,
    request: DoorRequest<Body>,
    hangUp: HangUp,
    reply: (answer: Answer) => Promise<DoorReply>,
  ): Promise<DoorReply> {
    try {
      const answer = await this.invocations.invoke(
        caller,
        withUser(door.call(request), caller, request.headers),
        hangUp,
      );
      return withLimits(await reply(answer), answer);
    } catch (error) {
      return this.refused(door, error, request);
    }
  }

  private refused(door: Pick<Door<never>, 'refuse'>, error: unknown, request: DoorRequest<unknown>): DoorReply {
    const refusal = this.faults.refusalOf(error, request.requestID);
    return withLimits(door.refuse(refusal, request), refusal);
  }

  /** How an invocation stands; held for its end for `waitMs` at most. Refuses like every read of another env's id: 404. */
  async read(
    caller: Caller,
    requestID: string,
    waitMs: number,
    hangUp: HangUp,
    large?: LargeWish,
  ): Promise<ReadRecord> {
    if (waitMs === 0) return this.records.read(caller, requestID, 0, hangUp, large);
    return this.held.answer(caller, hangUp, (watched) => this.records.read(caller, requestID, waitMs, watched, large));
  }

  /** How many invocations stand; with `waitMs`: those that have ended, as soon as there is any. */
  async lookup(
    caller: Caller,
    requestIDs: readonly string[],
    waitMs: number,
    hangUp: HangUp,
    link: LargeWish,
  ): Promise<LookedUp> {
    if (waitMs === 0) return this.lookups.now(caller, requestIDs, link);
    return this.held.answer(caller, hangUp, (watched) => this.lookups.ended(caller, requestIDs, waitMs, link, watched));
  }

  /** What an invocation was called with, as JSON text: after `read`, which looks whose it is. */
  async data(requestID: string): Promise<string | undefined> {
    return this.records.data(requestID);
  }

  /** Asks for the end of an invocation, and says how it stands after that. */
  async cancel(caller: Caller, requestID: string): Promise<Status> {
    return this.records.cancel(caller, requestID);
  }

  /** What happens to an invocation, as it happens. `from`: after what was heard before, here or elsewhere. */
  async follow(caller: Caller, requestID: string, from?: LivePlace, large?: LargeWish): Promise<Followed> {
    return this.held.stream(caller, await this.following.follow(caller, requestID, from, large));
  }

  /** What the function printed, as ndjson. `from`: behind so many bytes of it. */
  async logs(caller: Caller, requestID: string, from: number): Promise<string> {
    return this.records.logs(caller, requestID, from);
  }

  /** Whether its callback was delivered, and how often that was tried. */
  async deliveries(caller: Caller, requestID: string): Promise<Deliveries> {
    return this.deliveryLog.read(caller, requestID);
  }

  /** Delivers its callback once more. */
  async resend(caller: Caller, requestID: string): Promise<Deliveries> {
    return this.deliveryLog.resend(caller, requestID);
  }

  /** The calls of one function, newest first. `from`, `to`: when they were accepted, ms since the epoch. */
  async past(caller: Caller, name: string, span: { from?: number; to?: number }): Promise<PastCall[]> {
    await this.mustExist(caller, name);
    return this.records.past(caller, name, span);
  }

  /** The calls of the caller's env, newest first, a page of them. */
  async find(caller: Caller, query: CallQuery): Promise<CallPage> {
    return this.records.page(caller, query);
  }

  /** The functions of the caller's env, as their workers published them. */
  async list({ env }: Caller): Promise<KnownFunction[]> {
    const functions = await this.asked(this.functions.list(env));
    return functions.map((spec) => {
      const paused = this.pauses.of({ env, function: spec.name });
      return paused ? { ...spec, paused } : spec;
    });
  }

  private async mustExist({ env }: Caller, name: string): Promise<void> {
    const spec = FUNCTION_NAME.test(name) ? await this.asked(this.functions.find(env, name)) : undefined;
    if (!spec) throw new Refusal('FUNCTION_NOT_FOUND', `No function "${name}" in env "${env}".`);
  }

  private asked<T>(answer: Promise<T>): Promise<T> {
    return answer.catch((error: unknown) => {
      throw storeRefusal(error);
    });
  }
}

/** Limits are told in the same headers on every wire. */
function withLimits(reply: DoorReply, { quotas }: Limited): DoorReply {
  return quotas ? { ...reply, headers: { ...reply.headers, ...rateLimitHeaders(quotas) } } : reply;
}
