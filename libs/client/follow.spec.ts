/** A stream of events that breaks goes on behind what was heard. */
import { clientOf, fault } from './fixtures/asking';
import { ID, refused, SmallAPI } from './fixtures/small-api';

let api: SmallAPI;
beforeAll(async () => (api = await new SmallAPI().open()));
afterAll(() => api.close());

const client = (more?: object) => clientOf(api, more);

describe('following', () => {
  const event = (id: string, name: string, data: unknown) =>
    `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  const stream = (...texts: string[]) => ({ headers: { 'content-type': 'text/event-stream' }, body: texts.join('') });
  const line = { attempt: 1, time: 't', level: 'info', stream: 'stdout', text: 'é' };
  const followed = async (options = {}) => {
    const events = [];
    for await (const one of client().follow(ID, options)) events.push(one);
    return events;
  };

  it('comes back behind what it has heard, until the end', async () => {
    const end = { code: 0, data: 3, error: {}, requestID: ID };
    api.tell(
      stream(
        'retry: 1000\n\n',
        event('1.0.0', 'status', { status: 'queued', attempt: 0, at: 'now' }),
        ': still there\n\n',
      ),
      'breaks',
      refused('STORE_UNAVAILABLE', 503, { retryable: true }),
      stream(event('1.1.0', 'progress', 0.5), event('1.1.9', 'log', line), event('2.1.9.end', 'end', end)),
    );
    expect(await followed()).toEqual([
      { id: '1.0.0', kind: 'status', status: 'queued', attempt: 0, at: 'now' },
      { id: '1.1.0', kind: 'progress', progress: 0.5 },
      { id: '1.1.9', kind: 'log', line },
      { id: '2.1.9.end', kind: 'end', envelope: end },
    ]);
    expect(api.header('last-event-id')).toEqual([undefined, '1.0.0', '1.0.0', '1.0.0']);
    expect(api.asked[0].path).toBe(`/v1/invocations/${ID}/events`);
  });

  it('makes a connection anew that has gone silent, and goes on where it was', async () => {
    const end = { code: 0, data: 3, error: {}, requestID: ID };
    const first = event('1.0.0', 'status', { status: 'queued', attempt: 0, at: 'now' });
    api.tell({ ...stream(first), stays: true }, stream(event('2.0.0.end', 'end', end)));
    const events = [];
    for await (const one of client({ silentMs: 200 }).follow(ID)) events.push(one.kind);
    expect(events).toEqual(['status', 'end']);
    expect(api.header('last-event-id')).toEqual([undefined, '1.0.0']);
  });

  it('gives up an answer that has no head', async () => {
    api.tell('hangs', stream(event('2.0.0.end', 'end', { code: 0, data: 3, error: {}, requestID: ID })));
    const events = [];
    for await (const one of client({ requestTimeoutMs: 200 }).follow(ID)) events.push(one.kind);
    expect(events).toEqual(['end']);
  });

  it('hears nothing more of what it has heard the end of', async () => {
    api.tell({ status: 204 });
    expect(await followed({ after: '2.1.9.end' })).toEqual([]);
    expect(api.header('last-event-id')).toEqual(['2.1.9.end']);
  });

  it('rejects with what it is refused for, and with the reason of its signal', async () => {
    api.tell(refused('INVOCATION_NOT_FOUND', 404));
    expect(await fault(followed())).toMatchObject({ type: 'INVOCATION_NOT_FOUND', status: 404 });
    api.tell('hangs');
    expect(await fault(followed({ signal: AbortSignal.timeout(50) }))).toMatchObject({ name: 'TimeoutError' });
  });
});
