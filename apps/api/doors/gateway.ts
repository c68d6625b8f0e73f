/** The one road from every door to the core: read the call, make it, and put its answer in the door's words. */
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '@invoq/contract/refusal';
import { FUNCTION_NAME } from '@invoq/contract/function';
import { RegistryCache } from '@invoq/functions/registry-cache';
import { fromStore } from '@invoq/store/connection/store-error';
import type { Caller } from '../auth/caller';
import { callerOf } from '../auth/current-caller';
import { Refusals } from '../http/refusals';
import { rateLimitHeaders } from '../http/rate-limit-headers';
import { doorRequest, hangUpOf, send } from '../http/send';
import type { DoorReply, DoorRequest } from '../http/wire';
import type { Call, Limited, PastCall } from '../invocations/call';
import { Invocations } from '../invocations/invocations';
import { type ReadRecord, Records } from '../invocations/records';
import type { BatchDoor, Door } from './door';
import { withUser } from './user';

@Injectable()
export class Gateway {
  constructor(
    private readonly invocations: Invocations,
    private readonly records: Records,
    private readonly functions: RegistryCache,
    private readonly refusals: Refusals,
  ) {}

  /** One call. `body`: of the request, checked. What is refused is answered by the filter, in the door's words as well. */
  async handle<Body>(door: Door<Body>, body: Body, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const asked = doorRequest(request, body);
    const caller = callerOf(request);
    const call = withUser(door.call(asked), caller, asked.headers);
    const answer = await this.invocations.invoke(caller, call, hangUpOf(reply));
    const hasDetails = door.wantsDetails === true && answer.kind === 'ended';
    const details = hasDetails ? await this.records.runDetails(answer.requestID) : undefined;
    send(reply, withLimits(door.reply(answer, asked, details), answer));
  }

  /** Many calls of one function in one request, each accepted or refused by itself. */
  async handleAll<Batch>(
    door: BatchDoor<Batch>,
    body: Batch,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const asked = doorRequest(request, body);
    const caller = callerOf(request);
    const items = door
      .items(asked, () => this.invocations.newID())
      .map((item) => (item instanceof Refusal ? item : userOrRefusal(item, caller, asked.headers)));
    const calls = items.filter((item): item is Call => !(item instanceof Refusal));
    const answers = (await this.invocations.submitAll(caller, asked.params.name ?? '', calls)).values();
    const all = items.map((item) => (item instanceof Refusal ? item : answers.next().value!));
    for (const one of all) if (one instanceof Refusal) this.refusals.note(one, asked.requestID);
    send(reply, withLimits(door.replyAll(all, asked), all.find(({ quotas }) => quotas) ?? {}));
  }

  /** How an invocation stands. Refuses like every read of another env's id: 404. */
  async read(caller: Caller, requestID: string): Promise<ReadRecord> {
    return this.records.now(caller, requestID);
  }

  /** The calls of one function, newest first. `from`, `to`: when they were accepted, ms since the epoch. */
  async past(caller: Caller, name: string, span: { from?: number; to?: number }): Promise<PastCall[]> {
    const isKnown = FUNCTION_NAME.test(name) && (await fromStore(this.functions.find(caller.env, name)));
    if (!isKnown) throw new Refusal('FUNCTION_NOT_FOUND', `No function "${name}" in env "${caller.env}".`);
    return this.records.past(caller, name, span);
  }
}

function userOrRefusal(call: Call, caller: Caller, headers: DoorRequest<unknown>['headers']): Call | Refusal {
  try {
    return withUser(call, caller, headers);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** Limits are in the same headers on every wire. */
function withLimits(reply: DoorReply, { quotas }: Limited): DoorReply {
  return quotas?.length ? { ...reply, headers: { ...reply.headers, ...rateLimitHeaders(quotas) } } : reply;
}
