/** What operators ask: dead letters and schedules. */
import { clientOf } from './fixtures/asking';
import { ID, SmallAPI, succeeded } from './fixtures/small-api';

let api: SmallAPI;
beforeAll(async () => (api = await new SmallAPI().open()));
afterAll(() => api.close());

const client = (more?: object) => clientOf(api, more);

describe('dead letters', () => {
  it('are asked for by function, and none is sent for twice', async () => {
    const page = { letters: [], total: 0, cursor: null };
    api.tell(succeeded(page), succeeded({ replays: [], left: 0 }), succeeded({ purged: 2 }));
    const letters = client().deadLetters('add');
    expect(await letters.list({ limit: 5, cursor: 'c' })).toEqual(page);
    expect(await letters.replay([ID])).toEqual({ replays: [], left: 0 });
    expect(await letters.purge([ID])).toBe(2);
    expect(api.asked.map(({ method, path, text }) => [method, path, text])).toEqual([
      ['GET', '/v1/functions/add/dead-letters?limit=5&cursor=c', ''],
      ['POST', '/v1/functions/add/dead-letters/replay', JSON.stringify({ requestIDs: [ID] })],
      ['DELETE', `/v1/functions/add/dead-letters?requestID=${ID}`, ''],
    ]);
  });
});

describe('schedules', () => {
  it('lists them a page at a time', async () => {
    const page = { schedules: [{ id: 'a' }], cursor: 'YQ' };
    api.tell(succeeded(page), succeeded({ schedules: [], cursor: null }));
    const { schedules } = client();
    expect(await schedules.list({ limit: 1 })).toEqual(page);
    expect(await schedules.list({ limit: 1, cursor: 'YQ' })).toEqual({ schedules: [], cursor: null });
    expect(api.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/schedules?limit=1',
      'GET /v1/schedules?limit=1&cursor=YQ',
    ]);
  });

  it('are put, paused, told of and deleted', async () => {
    const schedule = { id: 'a', function: 'add', cron: '* * * * *' };
    api.tell(succeeded(schedule), succeeded(schedule), succeeded({ runs: ['x'] }), succeeded({ deleted: true }));
    const { schedules } = client();
    expect(await schedules.put('a', { function: 'add', cron: '* * * * *' })).toEqual(schedule);
    expect(await schedules.pause('a')).toEqual(schedule);
    expect(await schedules.next('a', 1)).toEqual(['x']);
    await schedules.delete('a');
    expect(api.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /v1/schedules/a',
      'POST /v1/schedules/a/pause',
      'GET /v1/schedules/a/next?count=1',
      'DELETE /v1/schedules/a',
    ]);
  });
});
