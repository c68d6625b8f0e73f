import { cronFault, runsAfter } from './cron';

const iso = (cron: string, zone: string, after: string, count = 1): string[] =>
  runsAfter(cron, zone, Date.parse(after), count).map((ms) => new Date(ms).toISOString());

describe('runsAfter', () => {
  it('is after the time, never at it', () =>
    expect(iso('0 9 * * *', 'UTC', '2027-01-04T09:00:00Z')).toEqual(['2027-01-05T09:00:00.000Z']));
  it('is by the clock of the zone', () =>
    expect(iso('0 9 * * 1-5', 'Asia/Kolkata', '2027-01-01T12:00:00Z')).toEqual(['2027-01-04T03:30:00.000Z']));
  it('a time that is left out in spring is run an hour later, that day', () =>
    expect(iso('30 2 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', 2)).toEqual([
      '2027-03-28T01:30:00.000Z',
      '2027-03-29T00:30:00.000Z',
    ]));
  it('a time that comes twice in autumn is run once', () =>
    expect(iso('30 2 * * *', 'Europe/Berlin', '2027-10-30T12:00:00Z', 2)).toEqual([
      '2027-10-31T00:30:00.000Z',
      '2027-11-01T01:30:00.000Z',
    ]));
});

describe('cronFault', () => {
  it.each([
    ['* * * * *', 'UTC'],
    ['*/5 8-18 1,15 JAN-JUN MON', 'America/New_York'],
  ])('%s in %s has none', (cron, zone) => expect(cronFault(cron, zone)).toBeUndefined());
  it.each([
    ['61 * * * *', 'UTC', 'cron'],
    ['0 0 30 2 *', 'UTC', 'cron'],
    ['* * * * * *', 'UTC', 'cron'],
    ['@daily', 'UTC', 'cron'],
    ['H * * * *', 'UTC', 'cron'],
    ['', 'UTC', 'cron'],
    ['* * * * *', 'Nowhere/Here', 'timezone'],
    ['* * * * *', '', 'timezone'],
  ])('%s in %s is at fault: %s', (cron, zone, field) => expect(cronFault(cron, zone)).toMatchObject({ field }));
});
