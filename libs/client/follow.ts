/** Follows an invocation live, over as many connections as it takes: each event once, to the end. */
import type { Envelope } from '@invoq/contract/envelope';
import type { Status } from '@invoq/contract/invocation';
import type { ReadOptions } from './call-options';
import { InvoqError } from './errors';
import type { LogLine } from './log-lines';
import { pause } from './pause';
import { forReading, rereadAfter } from './retry';
import type { Wire } from './wire';

/** An event of it. With the `id` of the last one, `follow` goes on behind it, in any process. */
export type LiveEvent = { id: string } & (
  | { kind: 'status'; status: Status; attempt: number; at: string }
  | { kind: 'progress'; progress: unknown }
  | { kind: 'log'; line: LogLine }
  /** The envelope, as everybody gets it; the last event. */
  | { kind: 'end'; envelope: Envelope }
);

export interface FollowOptions extends ReadOptions {
  /** `id` of the last event received before. */
  after?: string;
}

export async function* follow(
  wire: Wire,
  path: string,
  { after, signal, env }: FollowOptions,
): AsyncGenerator<LiveEvent, void, undefined> {
  let lastID = after;
  const retry = forReading(wire.retry);
  for (let tries = 1; ; tries++) {
    const control = new AbortController();
    const onAbort = (): void => control.abort(signal!.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    let afterMs: number | undefined = retry.minDelayMs;
    try {
      signal?.throwIfAborted();
      const headers: Record<string, string> = lastID === undefined ? {} : { 'last-event-id': lastID };
      const chunks = await wire.open(path, { headers, env, signal: control.signal });
      if (chunks === undefined) return;
      for await (const event of eventsIn(chunks)) {
        lastID = event.id;
        tries = 1;
        yield event;
        if (event.kind === 'end') return;
      }
    } catch (error) {
      if (signal?.aborted || !(error instanceof InvoqError)) throw signal?.aborted ? signal.reason : error;
      afterMs = rereadAfter(error, tries, retry);
      if (afterMs === undefined) throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      control.abort();
    }
    await pause(afterMs, signal);
  }
}

async function* eventsIn(chunks: AsyncIterable<string>): AsyncGenerator<LiveEvent> {
  let text = '';
  for await (const chunk of chunks) {
    text += chunk;
    for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
      const event = eventOf(text.slice(0, at).split('\n'));
      text = text.slice(at + 2);
      if (event) yield event;
    }
  }
}

/** Undefined: a comment, or an event of a newer API. */
function eventOf(lines: string[]): LiveEvent | undefined {
  const field = (name: string): string =>
    lines
      .filter((line) => line.startsWith(`${name}: `))
      .map((line) => line.slice(name.length + 2))
      .join('\n');
  const id = field('id');
  const data = (): unknown => JSON.parse(field('data'));
  switch (field('event')) {
    case 'status':
      return { id, kind: 'status', ...(data() as { status: Status; attempt: number; at: string }) };
    case 'progress':
      return { id, kind: 'progress', progress: data() };
    case 'log':
      return { id, kind: 'log', line: data() as LogLine };
    case 'end':
      return { id, kind: 'end', envelope: data() as Envelope };
    default:
      return undefined;
  }
}
