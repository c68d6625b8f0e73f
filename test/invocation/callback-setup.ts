/** A stack whose calls have callbacks, one receiver of them, and what is asked about them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deliveries } from '@invoq/contract/callback';
import { CERT } from '../harness/certificate';
import type { HttpResponse } from '../harness/http';
import { type Receiver, startReceiver } from '../harness/receiver';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

/** What its workers derive their signing secrets from. */
export const MASTER = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
export const LIMIT_MS = 30_000;
export const FUNCTIONS = {
  'add.js': 'exports.main = (event) => event.x + event.y',
  'throws.js': "exports.main = () => { throw new TypeError('boom') }",
  'waits.js': 'exports.main = (event) => new Promise((done) => setTimeout(done, event.ms))',
  'long.js': "exports.main = (event) => 'x'.repeat(event.length)",
  'told.js': "exports.main = (event) => { if (event.fails) throw new Error('as asked'); return 1 }",
};

export class CallbackSetup {
  private constructor(
    readonly stack: Stack,
    readonly receiver: Receiver,
  ) {}

  static async start(): Promise<CallbackSetup> {
    const receiver = await startReceiver();
    const answer = { callback: { url: `${receiver.url}/of-the-function`, events: ['failed'] } };
    const trusted = join(scratchDir('certificate'), 'trusted.pem');
    writeFileSync(trusted, CERT);
    const stack = await startStack({
      functions: { ...FUNCTIONS, 'functions.json': { functions: { told: answer } } },
      env: { INVOQ_CALLBACK_ALLOW: '127.0.0.1', INVOQ_CALLBACK_SECRET: MASTER, NODE_EXTRA_CA_CERTS: trusted },
    });
    return new CallbackSetup(stack, receiver);
  }

  call(name: string, body: object, headers?: Record<string, string>): Promise<HttpResponse> {
    return this.stack.http.post(`/v1/functions/${name}/invocations`, body, headers);
  }

  async deliveries(requestID: string): Promise<Deliveries> {
    return (await this.stack.http.get(`/v1/invocations/${requestID}/deliveries`)).body.data;
  }

  resend(requestID: string): Promise<HttpResponse> {
    return this.stack.http.post(`/v1/invocations/${requestID}/deliveries/resend`);
  }

  /** What is told of its callback, once that stands so. */
  stands(requestID: string, state: string): Promise<Deliveries> {
    const look = async (): Promise<Deliveries> => {
      const log = await this.deliveries(requestID);
      if (log.deliveries[0]?.state !== state) throw new Error(JSON.stringify(log));
      return log;
    };
    return until(`the delivery of ${requestID} is ${state}`, look, LIMIT_MS);
  }
}
