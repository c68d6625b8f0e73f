/** What is found good at a glance is good by every rule; and what calls are made of is found good at a glance. */
import 'reflect-metadata';
import { Refusal } from '@invoq/contract/refusal';
import fc from 'fast-check';
import { AdminDto } from '../doors/cloudbase/admin.dto';
import { JobDto } from '../doors/minapp/job.dto';
import { BatchDto, BatchItemDto } from '../doors/native/batch.dto';
import { FindDto } from '../invocations/find.dto';
import { InvokeDto } from '../doors/native/invoke.dto';
import { RetryDto } from '../invocations/retry.dto';
import { ScheduleDto } from '../schedules/schedule.dto';
import { type Dto, rulesOf } from './rules';
import { isFastValid } from './fast-validator';
import { examined } from './validation.pipe';

const DTOS: [Dto, boolean][] = [
  [InvokeDto, false],
  [BatchItemDto, false],
  [BatchDto, false],
  [RetryDto, false],
  [FindDto, false],
  [ScheduleDto, false],
  [JobDto, true],
  [AdminDto, true],
];

const VALUE = fc.oneof(
  fc.constantFrom(
    true,
    false,
    null,
    0,
    1,
    9,
    10,
    -1,
    1.5,
    86_400_000,
    86_400_001,
    NaN,
    'fail',
    'detach',
    'sdk',
    'skip',
  ),
  fc.constantFrom('', 'add', '* * * * *', 'x'.repeat(101), '💡'.repeat(60), '2027-01-01T00:00:00Z', [], ['lost'], {}),
  fc.jsonValue(),
);
/** Of the fields of a class, and now and then of one that it does not have. */
function bodiesOf(dto: Dto): fc.Arbitrary<Record<string, unknown>> {
  const rules = rulesOf(dto);
  const fields = [...new Set(rules.map(({ propertyName }) => propertyName)), 'constructor', 'unknown'];
  return fc.dictionary(fc.constantFrom(...fields), VALUE, { maxKeys: 4, noNullPrototype: true });
}

function isGood(body: object, dto: Dto): boolean {
  try {
    examined(body, dto);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

test.each(DTOS)('%p: a glance finds nothing good that breaks a rule', (dto, isOpen) => {
  const isRight = (body: object): boolean => !isFastValid(body, dto, isOpen) || isGood(body, dto);
  fc.assert(fc.property(bodiesOf(dto), isRight), { numRuns: 3_000 });
});

test.each<[Dto, boolean, object]>([
  [InvokeDto, false, { data: { a: 1, b: 2 }, sync: true }],
  [InvokeDto, false, { data: null, sync: false, timeoutMs: 500, onTimeout: 'detach', priority: 9 }],
  [InvokeDto, false, {}],
  [JobDto, true, { function_name: 'add', data: [], sync: true, whatever: 1 }],
  [AdminDto, true, { action: 'functions.invokeFunction', function_name: 'add', request_data: '{}', seqId: 'x' }],
])('%p: a plain call is good at a glance (%#)', (dto, isOpen, body) => {
  expect(isFastValid(body, dto, isOpen)).toBe(true);
});

test.each<[Dto, boolean, object]>([
  [InvokeDto, false, { sync: 'yes' }],
  [InvokeDto, false, { timeoutMs: 0 }],
  [InvokeDto, false, { unknown: 1 }],
  [InvokeDto, false, { constructor: 1 }],
  [InvokeDto, false, { retry: { attempts: 2 } }],
  [AdminDto, true, { function_name: 'add' }],
])('%p: what is at fault, or hard to tell, is left to the rules (%#)', (dto, isOpen, body) => {
  expect(isFastValid(body, dto, isOpen)).toBe(false);
});
