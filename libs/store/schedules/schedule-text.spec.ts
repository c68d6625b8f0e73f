import type { ScheduleInput } from '@invoq/contract/schedule';
import { readSchedule, readWithoutData, writeSchedule } from './schedule-text';

const WISH: ScheduleInput = {
  function: 'f', cron: '0 0 * * *', timezone: 'UTC', data: { text: ',"data":"}' }, overlap: 'skip', paused: false, priority: 3,
}; // prettier-ignore
const { data, ...terms } = WISH;

it('is read as it was written, the data as text', () => {
  expect(readSchedule(writeSchedule(WISH))).toEqual({ terms, data: JSON.stringify(data) });
  expect(JSON.parse(writeSchedule(WISH))).toEqual(WISH);
});

it('is read as earlier releases wrote it, data in the midst', () => {
  const text = JSON.stringify({ data, ...terms });
  expect(readSchedule(text)).toEqual({ terms, data: JSON.stringify(data) });
  expect(readWithoutData(text)).toEqual(terms);
});

it.each([null, 0, 'x', [',"data":']])('whatever the data: %j', (value) => {
  expect(readSchedule(writeSchedule({ ...WISH, data: value })).data).toBe(JSON.stringify(value));
});
