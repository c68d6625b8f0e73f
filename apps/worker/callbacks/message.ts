/** What a receiver is sent: the envelope of the end, and whose end it is. The same bytes in each try. */
import type { HeldDelivery } from '@invoq/store/callbacks/outbox';
import { readStored } from '@invoq/store/record/stored-result';

/** `api`: where receivers reach the API. */
export function messageOf(held: HeldDelivery, api: string): string {
  const { function: name, env, status, finishedAt } = held;
  const head = JSON.stringify({ type: `invocation.${status}`, timestamp: new Date(finishedAt).toISOString() });
  const about = JSON.stringify({ function: name, env, status });
  // The envelope goes in as it was recorded: JSON text, unparsed.
  return `${head.slice(0, -1)},"data":${about.slice(0, -1)},${envelopeOf(held, api).slice(1)}}`;
}

/** What a receiver is sent to try it. `at`: ms since the epoch. */
export function sampleMessage({ id, env }: { id: string; env: string }, at: number): string {
  const data = {
    function: 'test',
    env,
    status: 'succeeded',
    code: 0,
    data: 'A test of this receiver.',
    error: {},
    requestID: id,
  };
  return JSON.stringify({ type: 'invocation.test', timestamp: new Date(at).toISOString(), data });
}

/** A result that lies beside its record is not sent: the message says how large it is, and where to get it. */
function envelopeOf({ requestID, envelope }: HeldDelivery, api: string): string {
  const stored = readStored(envelope);
  if (!stored) return envelope;
  const large = { bytes: stored.bytes, url: `${api.replace(/(?<!\/)\/+$/, '')}/v1/invocations/${requestID}/result` };
  return JSON.stringify({ code: 0, data: null, error: {}, large, requestID });
}
