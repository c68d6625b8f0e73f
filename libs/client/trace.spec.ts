/** Which trace the requests of a client belong to. */
import { createClient } from './client';

const TRACE = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'a=1' };
const OF_RUN = { INVOQ_TOKEN: 'the-token', TRACEPARENT: TRACE.traceparent, TRACESTATE: TRACE.tracestate };
const before = { ...process.env };

afterEach(() => {
  process.env = { ...before };
});

async function sent(options: { key?: string; trace?: () => { traceparent?: string } }): Promise<object> {
  let heard: Record<string, string> = {};
  const fetch = ((_: string, { headers }: { headers: Record<string, string> }) => {
    heard = headers;
    return Promise.resolve(new Response('{"code":0,"data":1,"error":{},"requestID":"x"}'));
  }) as unknown as typeof globalThis.fetch;
  await createClient({ url: 'http://api', fetch, ...options }).invoke('f');
  const { traceparent, tracestate } = heard;
  return { traceparent, tracestate };
}

it('in a function it is that of its run', async () => {
  Object.assign(process.env, OF_RUN);
  expect(await sent({ key: 'the-token' })).toEqual(TRACE);
});

it('with another key, or outside of functions, there is none', async () => {
  expect(await sent({ key: 'the-token' })).toEqual({});
  Object.assign(process.env, OF_RUN);
  expect(await sent({ key: 'me.secret' })).toEqual({});
});

it('what the program says goes first, also that there is none', async () => {
  Object.assign(process.env, OF_RUN);
  const own = TRACE.traceparent.replace('00f067aa0ba902b7', '00f067aa0ba902b8');
  expect(await sent({ key: 'the-token', trace: () => ({ traceparent: own }) })).toEqual({ traceparent: own });
  expect(await sent({ key: 'the-token', trace: () => ({}) })).toEqual({});
});
