/** Many calls in one request: divided, and sent again one by one. */
import { clientOf } from './fixtures/asking';
import { ID, refused, SmallAPI, succeeded } from './fixtures/small-api';

let api: SmallAPI;
beforeAll(async () => (api = await new SmallAPI().open()));
afterAll(() => api.close());

const client = (more?: object) => clientOf(api, more);

describe('many calls at once', () => {
  const taken = (id: string) => ({ code: 0, data: { status: 'queued' }, error: {}, requestID: id });
  const full = {
    code: 429,
    data: null,
    error: { type: 'QUEUE_FULL', message: 'full', retryable: true, started: false },
  };
  const wrong = { code: 400, data: null, error: { type: 'INVALID_REQUEST', message: 'no', retryable: false } };
  const batchAnswer = (...items: object[]) => succeeded({ items: items.map((item) => ({ requestID: ID, ...item })) });
  const sent = () => api.asked.map(({ text }) => (JSON.parse(text) as { items: Record<string, unknown>[] }).items);

  it('go in one request, each under a key of its own', async () => {
    api.tell(batchAnswer(taken('a'), taken('b')));
    const [a, b] = await client().submitAll('add', [{ x: 1 }, undefined], { timeoutMs: 9 });
    expect([a, b]).toMatchObject([{ requestID: 'a', status: 'queued' }, { requestID: 'b' }]);
    expect(api.asked.map(({ path }) => path)).toEqual(['/v1/functions/add/invocations/batch']);
    const key = expect.stringMatching(/^[0-9a-f]{32}$/) as string;
    expect(sent()).toEqual([
      [
        { data: { x: 1 }, timeoutMs: 9, idempotencyKey: key },
        { timeoutMs: 9, idempotencyKey: key },
      ],
    ]);
  });

  it('what is refused for a while is sent again, under the same key; what breaks a rule is not', async () => {
    api.tell(batchAnswer(full, taken('b'), wrong), batchAnswer(taken('a')));
    const [a, b, c] = await client().submitAll('add', [1, 2, 3]);
    expect([a, b]).toMatchObject([{ requestID: 'a' }, { requestID: 'b' }]);
    expect(c).toMatchObject({ type: 'INVALID_REQUEST', code: 400, status: 400 });
    const [first, again] = sent();
    expect(again).toEqual([first[0]]);
  });

  it('are divided among requests when they are too many, and all fail with what fails them all', async () => {
    api.tell(refused('FUNCTION_NOT_FOUND', 404));
    const many = await client().submitAll('add', new Array(1_001).fill(0));
    expect(sent().map((items) => items.length)).toEqual([1_000, 1]);
    expect(many).toHaveLength(1_001);
    expect(many[1_000]).toMatchObject({ type: 'FUNCTION_NOT_FOUND' });
    api.tell(batchAnswer(taken('a')));
    await client({ retry: false }).submitAll('add', ['x'.repeat(200_000), 'y'.repeat(200_000)]);
    expect(sent().map((items) => Object.keys(items[0]))).toEqual([['data'], ['data']]);
  });
});
