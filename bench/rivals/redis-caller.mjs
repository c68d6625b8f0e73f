/** Callers that push to a list and block on a list of their own, each with a connection of its own. */
import { Redis } from 'ioredis';
import { answering, settings } from '../answering.mjs';
import { closedLoop } from '../load/closed-loop.mjs';
import { CALL, SUM } from './add.mjs';

/** s. */
const ANSWER_LIMIT_S = 10;
const connections = [];

answering(true, async ({ callers, seconds }) => {
  while (connections.length < callers) connections.push(new Redis(settings.redis));
  const call = async (caller) => {
    const to = `reply:${caller}`;
    const own = connections[caller];
    void own.lpush('requests', JSON.stringify({ to, data: CALL }));
    const reply = await own.blpop(to, ANSWER_LIMIT_S);
    if (Number(reply?.[1]) !== SUM) throw new Error(`add answered ${reply?.[1]}`);
  };
  return closedLoop(call, { callers, seconds });
});
