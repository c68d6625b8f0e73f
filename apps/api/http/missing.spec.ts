/** Whatever a body says, nothing behind the pipe meets a null where a field may be missing. */
import 'reflect-metadata';
import { AdminDto } from '../doors/cloudbase/admin.dto';
import { JobDto } from '../doors/minapp/job.dto';
import { BatchItemDto } from '../doors/native/batch.dto';
import { FindDto } from '../invocations/find.dto';
import { InvokeDto } from '../doors/native/invoke.dto';
import { ScheduleDto } from '../schedules/schedule.dto';
import { isThatOfOptional, rulesOf } from './rules';
import { checked } from './validation.pipe';

test('a null is as good as missing, in parts too', () => {
  const body = { data: 1, sync: null, timeoutMs: null, onTimeout: null, priority: null, delayMs: null, runAt: null };
  expect({ ...checked({ ...body, retry: { attempts: 2, backoffMs: null } }, InvokeDto, 'body') }).toEqual({
    data: 1,
    retry: { attempts: 2 },
  });
});

test('a null that has a meaning stays', () => {
  expect({ ...checked({ data: null, callback: null }, InvokeDto, 'body') }).toEqual({ data: null, callback: null });
});

test.each([[InvokeDto], [BatchItemDto], [FindDto], [ScheduleDto], [JobDto], [AdminDto]])(
  '%p: whatever is taken of a body, no field that may be missing is null',
  (dto: new () => object) => {
    const rules = rulesOf(dto);
    const optional = rules.filter(isThatOfOptional).map(({ propertyName }) => propertyName);
    const needed = { id: 'a', action: 'a', function_name: 'a', function: 'a', cron: '* * * * *' };
    let taken = 0;
    for (const name of optional) {
      const fields = new Set(rules.map(({ propertyName }) => propertyName));
      const rest = Object.fromEntries(Object.entries(needed).filter(([field]) => fields.has(field)));
      const read = checked({ ...rest, [name]: null }, dto, 'body');
      expect(read).not.toHaveProperty(name);
      taken++;
    }
    expect(taken).toBeGreaterThan(0);
  },
);
