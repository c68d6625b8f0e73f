import { cronError, nextRun, runsFrom } from './cron';

const iso = (cron: string, zone: string, after: string, count = 1): string[] => {
  const runs = runsFrom(cron, zone, Date.parse(after));
  return Array.from({ length: count }, () => new Date(runs.next().value ?? NaN).toISOString().replace('.000Z', 'Z'));
};

describe('a schedule', () => {
  it('runs after the time, never at it', () =>
    expect(iso('0 9 * * *', 'UTC', '2027-01-04T09:00:00Z')).toEqual(['2027-01-05T09:00:00Z']));
  it('runs by the clock of the zone', () =>
    expect(iso('0 9 * * 1-5', 'Asia/Kolkata', '2027-01-01T12:00:00Z')).toEqual(['2027-01-04T03:30:00Z']));
  it('with seconds first, and with the year last', () => {
    expect(iso('*/20 0 9 * * *', 'UTC', '2027-01-04T09:00:00Z', 3)).toEqual([
      '2027-01-04T09:00:20Z',
      '2027-01-04T09:00:40Z',
      '2027-01-05T09:00:00Z',
    ]);
    expect(iso('30 0 0 1 1 * 2030', 'Asia/Shanghai', '2027-01-04T09:00:00Z')).toEqual(['2029-12-31T16:00:30Z']);
  });
  it('has no run when its years are over', () =>
    expect(nextRun('0 0 0 1 1 * 2026', 'UTC', Date.parse('2027-01-01'))).toBeUndefined());
  it('on a leap day that is years away', () =>
    expect(iso('0 0 29 2 *', 'Europe/Berlin', '2096-03-01T00:00:00Z')).toEqual(['2104-02-28T23:00:00Z']));
  it('on a day of the month or a day of the week when both are named', () =>
    expect(iso('0 0 13 * 5', 'UTC', '2027-01-07T12:00:00Z', 3)).toEqual([
      '2027-01-08T00:00:00Z',
      '2027-01-13T00:00:00Z',
      '2027-01-15T00:00:00Z',
    ]));
  it('on the first Monday, the last Friday, the last day', () => {
    expect(iso('0 0 * * 1#1', 'UTC', '2027-01-07T12:00:00Z')).toEqual(['2027-02-01T00:00:00Z']);
    expect(iso('0 0 * * 5L', 'UTC', '2027-01-07T12:00:00Z')).toEqual(['2027-01-29T00:00:00Z']);
    expect(iso('0 0 L * *', 'UTC', '2027-01-07T12:00:00Z')).toEqual(['2027-01-31T00:00:00Z']);
  });
});

describe('when the clock is put forward', () => {
  it('a time that is left out is run an hour later, that day', () =>
    expect(iso('30 2 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', 2)).toEqual([
      '2027-03-28T01:30:00Z',
      '2027-03-29T00:30:00Z',
    ]));
  it('each of the times that are left out is run', () =>
    expect(iso('*/15 2 * * *', 'Europe/Berlin', '2027-03-28T00:59:00Z', 5)).toEqual([
      '2027-03-28T01:00:00Z',
      '2027-03-28T01:15:00Z',
      '2027-03-28T01:30:00Z',
      '2027-03-28T01:45:00Z',
      '2027-03-29T00:00:00Z',
    ]));
  it('a time that is there anyway is run once', () =>
    expect(iso('30 * * * *', 'Europe/Berlin', '2027-03-28T00:00:00Z', 3)).toEqual([
      '2027-03-28T00:30:00Z',
      '2027-03-28T01:30:00Z',
      '2027-03-28T02:30:00Z',
    ]));
  it('by half an hour', () =>
    expect(iso('0 * * * *', 'Australia/Lord_Howe', '2027-10-02T14:00:00Z', 3)).toEqual([
      '2027-10-02T14:30:00Z',
      '2027-10-02T15:30:00Z',
      '2027-10-02T16:00:00Z',
    ]));
  it('by a whole day', () =>
    expect(iso('0 9 * * *', 'Pacific/Apia', '2011-12-29T12:00:00Z', 3)).toEqual([
      '2011-12-29T19:00:00Z',
      '2011-12-30T19:00:00Z',
      '2011-12-31T19:00:00Z',
    ]));
});

describe('when the clock is put back', () => {
  it('a time that comes twice is run once', () =>
    expect(iso('30 2 * * *', 'Europe/Berlin', '2027-10-30T12:00:00Z', 2)).toEqual([
      '2027-10-31T00:30:00Z',
      '2027-11-01T01:30:00Z',
    ]));
  it('an hourly one runs each hour that passes', () =>
    expect(iso('30 * * * *', 'Europe/Berlin', '2027-10-30T23:45:00Z', 3)).toEqual([
      '2027-10-31T00:30:00Z',
      '2027-10-31T01:30:00Z',
      '2027-10-31T02:30:00Z',
    ]));
  it('by half an hour: the next run is after, always', () => {
    const start = Date.parse('2027-04-03T13:59:20Z');
    let after = start;
    for (let i = 0; i < 100; i++) {
      const next = nextRun('0 * * * *', 'Australia/Lord_Howe', after)!;
      expect(next).toBeGreaterThan(after);
      after = next;
    }
  });
});

describe('cronError', () => {
  it.each([
    ['* * * * *', 'UTC'],
    ['*/5 8-18 1,15 JAN-JUN MON', 'America/New_York'],
    ['0  0 * * *', 'UTC'],
    [' 0 0\t* * * ', 'UTC'],
    ['0 0 * * 0,7', 'UTC'],
    ['0 0 * * 1#1', 'UTC'],
    ['5/15 * * * *', 'UTC'],
    ['0 */5 * * * * *', 'UTC'],
    ['0 0 2 1 * * 1970-2099', 'Asia/Shanghai'],
    ['0 0 9 * * *', 'Australia/Lord_Howe'],
  ])('%j in %s has none', (cron, zone) => expect(cronError(cron, zone)).toBeUndefined());
  it.each([
    ['61 * * * *', 'UTC', 'cron', /minute/],
    ['0 0 30 2 *', 'UTC', 'cron', /has a run/],
    ['* * * *', 'UTC', 'cron', /five fields/],
    ['0 0 0 * * * * *', 'UTC', 'cron', /seven/],
    ['@daily', 'UTC', 'cron', /five fields/],
    ['H * * * *', 'UTC', 'cron', /"H"/],
    ['/5 * * * *', 'UTC', 'cron', /"\/5"/],
    ['*/61 * * * *', 'UTC', 'cron', /steps/],
    ['*/90 * * * *', 'UTC', 'cron', /steps/],
    ['0 0 1 * *#1', 'UTC', 'cron', /\*#1/],
    ['0 22-2 * * *', 'UTC', 'cron', /22-2/],
    ['', 'UTC', 'cron', /five fields/],
    ['* * * * *', 'Nowhere/Here', 'timezone', /zone/],
    ['* * * * *', '', 'timezone', /zone/],
  ])('%j in %s is at fault: %s', (cron, zone, field, rule) =>
    expect(cronError(cron, zone)).toEqual({ field, rule: expect.stringMatching(rule) }),
  );
});
