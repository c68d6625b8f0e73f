/** Callers that use BullMQ itself, without HTTP between. */
import { answering, settings } from '../answering.mjs';
import { closedLoop } from '../load/closed-loop.mjs';
import { CALL, SUM } from './add.mjs';
import { bullQueue } from './bullmq-queue.mjs';

const { add, call } = await bullQueue(settings.redis);

const calls = {
  async sync() {
    const sum = await call(CALL);
    if (sum !== SUM) throw new Error(`add answered ${sum}`);
  },
  async accept() {
    await add(CALL);
  },
};

answering(true, ({ kind, callers, seconds }) => closedLoop(calls[kind], { callers, seconds }));
