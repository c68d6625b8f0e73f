/** One POST to a receiver, and what it answered. The only owner of outgoing HTTP. */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { DeliveryAnswer } from '@invoq/policy/callbacks';
import { type AddressGuard, AddressRefused } from './address-guard';

export interface SenderOptions {
  /** From the name's lookup to the head of the answer, ms. */
  timeoutMs: number;
}

export interface Post {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** Now, by the clock that counts, ms since the epoch: receivers may say dates. */
  at: number;
}

/** For the rest of an answer, which nobody reads, ms: whoever sends it need not meet a broken connection. */
const REST_MS = 1_000;

export class WebhookClient {
  constructor(
    private readonly guard: AddressGuard,
    private readonly options: SenderOptions,
  ) {}

  /**
   * Never rejects. Redirects are answers like any other: they are not followed. Each request has a connection of its own,
   * made to an address that was checked. `stop`: gives up, as a fault.
   */
  async post(post: Post, stop: AbortSignal): Promise<DeliveryAnswer> {
    const { timeoutMs } = this.options;
    const control = new AbortController();
    const giveUp = (why: string) => (): void => control.abort(why);
    const stopped = giveUp('the worker stopped before there was an answer');
    const timer = setTimeout(giveUp(`no answer within ${timeoutMs} ms`), timeoutMs);
    stop.addEventListener('abort', stopped, { once: true });
    if (stop.aborted) stopped();
    try {
      const began = performance.now();
      const { statusCode: status = 0, headers } = await this.exchange(post, control.signal);
      const retryAfterMs = retryAfter(headers['retry-after'], post.at + performance.now() - began);
      return { kind: 'answer', status, retryAfterMs };
    } catch (error) {
      if (error instanceof AddressRefused) return { kind: 'refused', message: error.message, address: error.address };
      const { aborted } = control.signal;
      return { kind: 'fault', message: aborted ? String(control.signal.reason) : faultOf(error as Error) };
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', stopped);
    }
  }

  /** Resolves with the head of the answer. */
  private exchange({ url, headers, body }: Post, signal: AbortSignal): Promise<IncomingMessage> {
    const target = new URL(url);
    this.guard.checkHost(target.hostname);
    const start = target.protocol === 'https:' ? requestHttps : requestHttp;
    const length = String(Buffer.byteLength(body));
    const options = {
      method: 'POST',
      headers: { ...headers, 'content-length': length, connection: 'close' },
      agent: false as const,
      lookup: this.guard.lookup,
      signal,
    };
    return new Promise((resolve, reject) => {
      const request = start(target, options, (answer) => {
        resolve(answer);
        letEnd(answer);
      });
      request.on('error', reject);
      request.end(body);
    });
  }
}

function letEnd(answer: IncomingMessage): void {
  const timer = setTimeout(() => answer.destroy(), REST_MS);
  answer.on('error', () => undefined);
  answer.once('close', () => clearTimeout(timer));
  answer.resume();
}

/** Without the address that was tried: what a name leads to is not for those who only know the name. */
function faultOf(error: NodeJS.ErrnoException): string {
  // Several addresses were tried: the first fault tells as much as all.
  const [first] = error instanceof AggregateError ? (error.errors as NodeJS.ErrnoException[]) : [];
  return (first ?? error).code ?? error.message;
}

/** Of the header, seconds or a date (RFC 9110, 10.2.3). `now`: ms since the epoch. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,10}$/.test(header)) return Number(header) * 1_000;
  // `Date.parse` makes a date of nearly anything.
  const at = /^[A-Z][a-z]{2}, /.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
