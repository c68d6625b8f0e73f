/**
 * Asks one worker to send a signed sample to a receiver, and brings back what came of it: only workers have the secret that
 * signs. The request goes over the worker's channel; the answer is kept for a minute.
 */
import type { CallbackTestResult } from '@invoq/contract/callback';
import type { Redis } from 'ioredis';
import { callbackTestKey, workerChannel } from '../keys/keys';

export interface CallbackTest {
  /** A requestID that nothing else has. */
  id: string;
  env: string;
  url: string;
}

/** Stands before a test on the channel of a worker. One of the release before takes it for a call that it does not run. */
const MARK = 'callback-test ';
const TAKEN = 'taken';
const KEEP_MS = 120_000;

export type TestAnswer = 'nobody' | 'taken' | CallbackTestResult;

export class CallbackTests {
  constructor(private readonly redis: Redis) {}

  async ask(worker: string, test: CallbackTest): Promise<void> {
    await this.redis.publish(workerChannel(worker), `${MARK}${JSON.stringify(test)}`);
  }

  /** False: another worker has taken it. */
  async take({ id }: CallbackTest): Promise<boolean> {
    return (await this.redis.set(callbackTestKey(id), TAKEN, 'PX', KEEP_MS, 'NX')) === 'OK';
  }

  async settle({ id }: CallbackTest, result: CallbackTestResult): Promise<void> {
    await this.redis.set(callbackTestKey(id), JSON.stringify(result), 'PX', KEEP_MS);
  }

  async answer({ id }: CallbackTest): Promise<TestAnswer> {
    const text = await this.redis.get(callbackTestKey(id));
    if (text === null) return 'nobody';
    return text === TAKEN ? 'taken' : (JSON.parse(text) as CallbackTestResult);
  }
}

/** Undefined: the message asks for something else. */
export function readCallbackTest(message: string): CallbackTest | undefined {
  return message.startsWith(MARK) ? (JSON.parse(message.slice(MARK.length)) as CallbackTest) : undefined;
}
