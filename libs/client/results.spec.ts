/** Results of many jobs come one by one, out of as few requests as there can be. */
import type { JobResult } from './results';
import { clientOf, fault } from './fixtures/asking';
import { refused, SmallAPI, succeeded } from './fixtures/small-api';

let api: SmallAPI;
beforeAll(async () => (api = await new SmallAPI().open()));
afterAll(() => api.close());

const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const done = (n: number, data: unknown = n): object => ({
  requestID: idOf(n),
  status: 'succeeded',
  result: { code: 0, data, error: {} },
});
const failed = (n: number): object => ({
  requestID: idOf(n),
  status: 'failed',
  result: { code: 1, data: null, error: { type: 'FUNCTION_ERROR', message: 'no', name: 'RangeError' } },
});
const found = (invocations: object[], more: object = {}) =>
  succeeded({ invocations, unknown: [], links: [], left: [], ...more });
const asked = (): { requestIDs: string[]; wait: number }[] =>
  api.asked.map(({ text }) => JSON.parse(text) as { requestIDs: string[]; wait: number });
async function all(ids: string[], options: object = {}): Promise<JobResult[]> {
  const list: JobResult[] = [];
  for await (const one of clientOf(api).results(ids, options)) list.push(one);
  return list;
}

it('gives each as it comes, results and errors alike, and asks for the others only', async () => {
  api.tell(found([done(2)]), found([failed(1)], { unknown: [idOf(3)] }), found([done(4)]));
  const list = await all([1, 2, 3, 4].map(idOf));
  expect(list).toMatchObject([
    { requestID: idOf(2), ok: true, data: 2 },
    { requestID: idOf(3), ok: false, error: { type: 'INVOCATION_NOT_FOUND' } },
    { requestID: idOf(1), ok: false, error: { name: 'FunctionError', errorName: 'RangeError' } },
    { requestID: idOf(4), ok: true, data: 4 },
  ]);
  expect(asked().map(({ requestIDs }) => requestIDs.map((id) => Number(id.slice(-3))))).toEqual([
    [1, 2, 3, 4],
    [1, 3, 4],
    [4],
  ]);
  expect(asked()[0].wait).toBe(20);
});

it('asks for 1,000 at a time, and all have their turn', async () => {
  const ids = Array.from({ length: 1_500 }, (_, n) => idOf(n));
  api.tell(
    found([done(0)]),
    found([done(1_200)]),
    found(
      ids
        .slice(1)
        .filter((_, n) => n < 900)
        .map((_, n) => done(n + 1)),
    ),
    found([]),
  );
  const seen = new Set<string>();
  const reading = (async () => {
    for await (const { requestID } of clientOf(api).results(ids, { wait: 1_500 })) seen.add(requestID);
  })();
  expect(await fault(reading as Promise<unknown>)).toMatchObject({ type: 'STILL_PENDING', retryable: true });
  expect([seen.has(idOf(0)), seen.has(idOf(1_200))]).toEqual([true, true]);
  expect(asked().every(({ requestIDs }) => requestIDs.length <= 1_000)).toBe(true);
  expect(asked()[1].requestIDs).toContain(idOf(1_200));
});

it('reads large results whole', async () => {
  api.tell(
    found([done(1, { url: 'https://x', bytes: 9, expiresAt: 'then' })], { links: [idOf(1)] }),
    succeeded('the whole'),
  );
  expect(await all([idOf(1)])).toEqual([{ requestID: idOf(1), ok: true, data: 'the whole' }]);
  expect(api.asked[1].path).toContain(`/v1/invocations/${idOf(1)}/result`);
});

it('takes each requestID once, in either case, and nothing for an answer', async () => {
  api.tell(found([done(10)]));
  expect(await all([idOf(10), idOf(10).toUpperCase()])).toHaveLength(1);
  expect(await all([])).toEqual([]);
  expect(asked()).toHaveLength(1);
});

it('rejects with what it is refused for, and as its signal says', async () => {
  api.tell(refused('FORBIDDEN', 403));
  expect(await fault(all([idOf(1)]))).toMatchObject({ type: 'FORBIDDEN' });
  api.tell('hangs');
  expect(await fault(all([idOf(1)], { signal: AbortSignal.timeout(50) }))).toMatchObject({ name: 'TimeoutError' });
});

it('says of a page of a proxy that it is one', async () => {
  api.tell({
    status: 413,
    headers: { 'content-type': 'text/html' },
    body: '<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n',
  });
  const { message, type } = await fault(all([idOf(1)]));
  expect(type).toBe('BAD_ANSWER');
  expect(message).toBe(
    'HTTP 413 with an answer that is not one of Invoq\'s: a page of a proxy or another server in front of it, "413 Request Entity Too Large"',
  );
});
