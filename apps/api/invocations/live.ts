/**
 * Following an invocation on the native wire: as server-sent events (WHATWG HTML, section 9.2), or its log alone as ndjson.
 * An event's id says where its reader stands, and is understood by every API.
 */
import { invalid } from '@invoq/contract/refusal';
import type { Status } from '@invoq/contract/invocation';
import type { LiveEvent, LivePlace } from './call';

/** After a lost connection, before the next try of an EventSource, ms. */
const RETRY_MS = 1_000;
const PLACE = /^(\d{1,9})\.(\d{1,9})\.(\d{1,15})(\.end)?$/;

/** Of an answer that is written as it comes about. */
const LIVE = {
  'cache-control': 'no-store, no-transform',
  // nginx would keep events to itself until it has a bufferful.
  'x-accel-buffering': 'no',
};
export const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8', ...LIVE };
export const LIVE_LOG = { 'content-type': 'application/x-ndjson; charset=utf-8', ...LIVE };

/** Where a reader stands who has come back. Refuses an id that is none of ours. */
export function placeOf(lastEventID: string | undefined): LivePlace | undefined {
  if (lastEventID === undefined || lastEventID === '') return undefined;
  const [, changes, progressed, log, isOver] = PLACE.exec(lastEventID) ?? [];
  if (changes === undefined) {
    const rule = 'must be the id of an event of this stream';
    throw invalid('Last-Event-ID', rule);
  }
  return { changes: Number(changes), progressed: Number(progressed), log: Number(log), isOver: isOver !== undefined };
}

export async function* eventTexts(events: AsyncIterable<LiveEvent>): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`;
  for await (const event of events) yield eventText(event);
}

/**
 * Lines of the log as ndjson. A reader that waits gets an empty line now and then, so that nobody in between takes the
 * connection for dead; readers of ndjson pass over it. The last line is the mark of the end: a stream without it was cut.
 */
export async function* logTexts(events: AsyncIterable<LiveEvent>): AsyncGenerator<string> {
  let status: Status | undefined;
  for await (const event of events) {
    if (event.kind === 'log') yield `${event.json}\n`;
    if (event.kind === 'beat') yield '\n';
    if (event.kind === 'status') ({ status } = event);
    if (event.kind === 'end') yield `${JSON.stringify({ end: status })}\n`;
  }
}

/** As many bytes of whole lines a reader of a log has already. */
export function bytesRead(from: string | undefined): number {
  if (from === undefined) return 0;
  if (/^\d{1,15}$/.test(from)) return Number(from);
  throw invalid('from', 'must be a whole number of bytes');
}

function eventText(event: LiveEvent): string {
  if (event.kind === 'beat') return ': still there\n\n';
  return `id: ${idOf(event.place)}\nevent: ${event.kind}\ndata: ${dataOf(event).replace(/\r\n|\r|\n/g, '\ndata: ')}\n\n`;
}

function idOf({ changes, progressed, log, isOver }: LivePlace): string {
  return `${changes}.${progressed}.${log}${isOver ? '.end' : ''}`;
}

function dataOf(event: Exclude<LiveEvent, { kind: 'beat' }>): string {
  switch (event.kind) {
    case 'status': {
      const { status, attempt, at } = event;
      return JSON.stringify({ status, attempt, at });
    }
    case 'end':
      return event.envelope;
    default:
      return event.json;
  }
}
