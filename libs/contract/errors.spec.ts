import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS, type ErrorType } from './errors';
import { Refusal } from './refusal';

const PAGE = readFileSync(join(__dirname, '../../docs/errors.md'), 'utf8');
const ROW = /^\| (\d+) \| `(\w+)` \| (\d+) \| (yes|no) \| (yes|no|depends) \| (.*) \|$/gm;

const documented = [...PAGE.matchAll(ROW)].map(([, code, type, http, retryable, started, meaning]) => ({
  type,
  code: Number(code),
  http: Number(http),
  retryable: retryable === 'yes',
  started: started === 'depends' ? started : started === 'yes',
  meaning,
}));
const inCode = Object.entries(ERRORS).map(([type, row]) => ({ type, ...row }));

describe('docs/errors.md', () => {
  it('has at least the rows of the contract', () => expect(documented.length).toBeGreaterThanOrEqual(20));

  it.each(inCode)('documents $type as it is in the code', (row) => {
    expect(documented).toContainEqual(row);
  });

  it.each(documented)('documents nothing that is not in the code: $type', (row) => {
    expect(inCode).toContainEqual(row);
  });
});

describe('Refusal', () => {
  it.each(Object.keys(ERRORS) as ErrorType[])('%s takes code, status and meaning from the table', (type) => {
    const refusal = new Refusal(type);
    expect(refusal).toMatchObject({
      code: ERRORS[type].code,
      http: ERRORS[type].http,
      retryable: ERRORS[type].retryable,
    });
    expect(refusal.message).toBe(ERRORS[type].meaning);
  });

  it('says that nothing was started unless it is told otherwise', () => {
    expect(new Refusal('STORE_UNAVAILABLE').started).toBe(false);
    expect(new Refusal('STORE_UNAVAILABLE', undefined, { started: 'unknown' }).started).toBe('unknown');
    expect(new Refusal('WORKER_LOST').started).toBe(true);
  });
});
