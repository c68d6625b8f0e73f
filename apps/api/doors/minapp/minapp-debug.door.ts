/** `mincloud invoke`: the same wire, whose answer says also what the function printed and what it took. */
import { Injectable } from '@nestjs/common';
import type { Answer, Call, RunDetails } from '../../invocations/call';
import type { DoorReply } from '../../http/wire';
import { logText } from './log-text';
import { type JobRequest, MinappDoor } from './minapp.door';

const MB = 1_048_576;

@Injectable()
export class MinappDebugDoor extends MinappDoor {
  readonly wantsDetails = true;

  override owns(method: string, path: string): boolean {
    return super.owns(method, path) && path.endsWith('/debug');
  }

  /** A debug call shows what came of it, so it waits. */
  override call(request: JobRequest): Call {
    const call = super.call(request);
    return { ...call, sync: true, origin: { ...call.origin, eventType: request.body.subject ?? 'sdk' } };
  }

  override reply(answer: Answer, _request?: JobRequest, details?: RunDetails): DoorReply {
    const reply = super.reply(answer);
    if (reply.status !== 200 || details === undefined) return reply;
    const { logs, runMs, peakRssMb } = details;
    const answered = {
      job_id: answer.requestID,
      execution_time: Math.round(runMs * 1_000) / 1_000,
      // The original bills in steps of 100 ms.
      billing_time: Math.max(100, Math.ceil(runMs / 100) * 100),
      mem_usage: Math.round((peakRssMb ?? 0) * MB),
      log: logText(logs),
    };
    return { ...reply, body: `${reply.body.slice(0, -1)},${JSON.stringify(answered).slice(1)}` };
  }
}
