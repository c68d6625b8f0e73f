/**
 * Following an invocation on the native wire: as server-sent events (WHATWG HTML, section 9.2), or its log alone as ndjson.
 * An event's id says where its reader stands, and is understood by every API.
 */
import { invalid } from '@invoq/contract/refusal';
import type { LiveEvent, LivePlace } from '../../invocations/call';

/** After a lost connection, before the next try of an EventSource, ms. */
const RETRY_MS = 1_000;
const PLACE = /^(\d{1,9})\.(\d{1,9})\.(\d{1,15})(\.end)?$/;

export const EVENT_STREAM = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // nginx would keep events to itself until it has a bufferful.
  'x-accel-buffering': 'no',
};

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

export async function* logTexts(events: AsyncIterable<LiveEvent>): AsyncGenerator<string> {
  for await (const event of events) if (event.kind === 'log') yield `${event.json}\n`;
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
