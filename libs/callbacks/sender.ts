/** One POST to a receiver, and what it answered. The only owner of outgoing HTTP. */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Heard } from '@invoq/policy/callbacks';
import { type AddressGuard, AddressRefused } from './address-guard';

export interface SenderOptions {
  /** From the name's lookup to the head of the answer, ms. */
  timeoutMs: number;
}

/** For the rest of an answer, which nobody reads, ms: whoever sends it need not meet a broken connection. */
const REST_MS = 1_000;

export class Sender {
  constructor(
    private readonly guard: AddressGuard,
    private readonly options: SenderOptions,
  ) {}

  /**
   * Never rejects. Redirects are answers like any other: they are not followed. `signal`: gives up, as a fault.
   * Each on a connection of its own, made to an address that was looked at.
   */
  post(url: string, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<Heard> {
    const target = new URL(url);
    const limit = AbortSignal.timeout(this.options.timeoutMs);
    return new Promise((resolve) => {
      const failed = (error: Error): void => resolve(this.heardOf(error, limit));
      try {
        this.guard.checkHost(target.hostname);
        const start = target.protocol === 'https:' ? requestHttps : requestHttp;
        const request = start(
          target,
          {
            method: 'POST',
            headers: { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' },
            agent: false,
            lookup: this.guard.lookup,
            signal: AbortSignal.any([limit, signal]),
          },
          (answer) => {
            const retryAfterMs = retryAfter(answer.headers['retry-after'], Date.now());
            resolve({ kind: 'answer', status: answer.statusCode ?? 0, retryAfterMs });
            letEnd(answer);
          },
        );
        request.on('error', failed);
        request.end(body);
      } catch (error) {
        failed(error as Error);
      }
    });
  }

  private heardOf(error: Error, limit: AbortSignal): Heard {
    if (error instanceof AddressRefused) return { kind: 'refused', message: error.message };
    if (limit.aborted) return { kind: 'fault', message: `no answer within ${this.options.timeoutMs} ms` };
    return { kind: 'fault', message: faultOf(error) };
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
