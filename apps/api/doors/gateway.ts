/** The one road from every door to the core: identify, translate, invoke, reply. */
import { Injectable } from '@nestjs/common';
import type { Deliveries } from '@invoq/contract/callback';
import { Refusal } from '@invoq/contract/errors';
import { FUNCTION_NAME, type FunctionSpec } from '@invoq/contract/function';
import type { Status } from '@invoq/contract/invocation';
import { RegistryCache } from '@invoq/functions/registry-cache';
import { storeRefusal } from '@invoq/store/store-fault';
import type { Caller, Credentials } from '../callers/caller';
import { Callers } from '../callers/callers';
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
import { DeliveryLog } from '../invocations/delivery-log';
import { Following } from '../invocations/following';
import { Invocations } from '../invocations/invocations';
import { type ReadRecord, Records } from '../invocations/records';
import type { BatchDoor, Door, DoorReply, DoorRequest, TellingDoor } from './door';

@Injectable()
export class Gateway {
  constructor(
    private readonly callers: Callers,
    private readonly invocations: Invocations,
    private readonly records: Records,
    private readonly deliveryLog: DeliveryLog,
    private readonly following: Following,
    private readonly functions: RegistryCache,
    private readonly faults: Faults,
  ) {}

  /** Never rejects: whatever happens is said in the door's own words. */
  async serve<Body>(door: Door<Body>, request: DoorRequest<Body>, hangUp: HangUp): Promise<DoorReply> {
    return this.answer(door, request, hangUp, async (answer) => door.reply(answer, request));
  }

  /** The same, for a door that tells more than the answer. */
  async serveAndTell<Body>(door: TellingDoor<Body>, request: DoorRequest<Body>, hangUp: HangUp): Promise<DoorReply> {
    return this.answer(door, request, hangUp, async (answer) => {
      if (answer.kind === 'accepted') return door.reply(answer, request);
      return door.tell(answer, await this.records.aftermath(answer.requestID), request);
    });
  }

  /** Many calls of one function in one request, each accepted or refused by itself. Never rejects. */
  async serveAll<Batch>(door: BatchDoor<Batch>, request: DoorRequest<Batch>): Promise<DoorReply> {
    try {
      const caller = await this.callers.identify(door.credentials(request), 'invoke');
      const items = door.items(request, () => this.invocations.newID());
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
    request: DoorRequest<Body>,
    hangUp: HangUp,
    reply: (answer: Answer) => Promise<DoorReply>,
  ): Promise<DoorReply> {
    try {
      const caller = await this.callers.identify(door.credentials(request), 'invoke');
      const answer = await this.invocations.invoke(caller, door.call(request), hangUp);
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
    credentials: Credentials,
    requestID: string,
    waitMs: number,
    hangUp: HangUp,
    large?: LargeWish,
  ): Promise<ReadRecord> {
    return this.records.read(await this.callers.identify(credentials, 'read'), requestID, waitMs, hangUp, large);
  }

  /** Asks for the end of an invocation, and says how it stands after that. */
  async cancel(credentials: Credentials, requestID: string): Promise<Status> {
    return this.records.cancel(await this.callers.identify(credentials, 'invoke'), requestID);
  }

  /** What happens to an invocation, as it happens. `from`: after what was heard before, here or elsewhere. */
  async follow(credentials: Credentials, requestID: string, from?: LivePlace, large?: LargeWish): Promise<Followed> {
    return this.following.follow(await this.callers.identify(credentials, 'read'), requestID, from, large);
  }

  /** What the function printed, as ndjson. */
  async logs(credentials: Credentials, requestID: string): Promise<string> {
    return this.records.logs(await this.callers.identify(credentials, 'read'), requestID);
  }

  /** Whether its callback was delivered, and how often that was tried. */
  async deliveries(credentials: Credentials, requestID: string): Promise<Deliveries> {
    return this.deliveryLog.read(await this.callers.identify(credentials, 'read'), requestID);
  }

  /** Delivers its callback once more. */
  async resend(credentials: Credentials, requestID: string): Promise<Deliveries> {
    return this.deliveryLog.resend(await this.callers.identify(credentials, 'invoke'), requestID);
  }

  /** The calls of one function, newest first. `from`, `to`: when they were accepted, ms since the epoch. */
  async past(credentials: Credentials, name: string, span: { from?: number; to?: number }): Promise<PastCall[]> {
    const caller = await this.callers.identify(credentials, 'read');
    await this.mustExist(caller, name);
    return this.records.past(caller, name, span);
  }

  /** The calls of the caller's env, newest first, a page of them. */
  async find(credentials: Credentials, query: CallQuery): Promise<CallPage> {
    return this.records.page(await this.callers.identify(credentials, 'read'), query);
  }

  /** The functions of the caller's env, as their workers published them. */
  async list(credentials: Credentials): Promise<FunctionSpec[]> {
    const { env } = await this.callers.identify(credentials, 'read');
    return this.asked(this.functions.list(env));
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
