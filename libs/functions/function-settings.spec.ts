/** functions.json is read strictly: each fault is named with its path. */
import { DEFAULT_LIMITS, DEFAULT_SETTINGS, parseFunctionSettings } from './function-settings';

const parse = (json: unknown) => parseFunctionSettings(JSON.stringify(json), DEFAULT_LIMITS);

test('the top level gives defaults, a function changes what it names', () => {
  const file = parse({
    contract: 'minapp',
    timeoutMs: { async: 1000 },
    environment: { A: 'top', B: 'top' },
    functions: { f: { contract: 'cloudbase', timeoutMs: { sync: 7 }, environment: { B: 'own', C: 'own' } }, g: {} },
  });
  if ('fault' in file) throw new Error(file.fault);
  const top = {
    ...DEFAULT_SETTINGS,
    contract: 'minapp',
    timeoutMs: { sync: 5000, async: 1000 },
    environment: { A: 'top', B: 'top' },
  };
  expect(file.defaults).toEqual(top);
  expect(file.functions.get('g')).toEqual(top);
  expect(file.functions.get('f')).toEqual({
    ...top,
    contract: 'cloudbase',
    timeoutMs: { sync: 7, async: 1000 },
    environment: { A: 'top', B: 'own', C: 'own' },
  });
});

test('a rule for retries is changed field by field', () => {
  const file = parse({ retry: { attempts: 5, backoffMs: 7 }, functions: { f: { retry: { attempts: 1 } } } });
  if ('fault' in file) throw new Error(file.fault);
  expect(file.defaults.retry).toEqual({ attempts: 5, backoffMs: 7 });
  expect(file.functions.get('f')).toMatchObject({ retry: { attempts: 1, backoffMs: 7 } });
  expect(DEFAULT_SETTINGS.retry).toBeUndefined();
});

test.each<[unknown, string]>([
  [[], 'must be an object'],
  [null, 'must be an object'],
  [{ timeout: 1 }, 'timeout: unknown field'],
  [JSON.parse('{"__proto__": {"contract": "minapp"}}'), '__proto__: unknown field'],
  [{ constructor: 1 }, 'constructor: unknown field'],
  [{ contract: 'lambda' }, 'contract: must be one of cloudbase, minapp'],
  [{ contract: null }, 'contract: must be one of'],
  [{ keepData: 'some' }, 'keepData: must be one of failed, all, none'],
  [{ keepData: true }, 'keepData: must be one of failed, all, none'],
  [{ retention: 3 }, 'retention: must be an object'],
  [{ retention: { syncMs: 1 } }, 'retention.syncMs: must be an integer from 1000'],
  [{ retention: { ms: 1 } }, 'retention.ms: unknown field'],
  [{ retry: 3 }, 'retry: must be an object'],
  [{ retry: { attempts: 0 } }, 'retry.attempts: must be an integer from 1 to 50'],
  [{ retry: { on: ['EXPIRED'] } }, 'retry.on: must be a list out of FUNCTION_ERROR'],
  [{ retry: { on: [] } }, 'retry.on: must be a list'],
  [{ retry: { delay: 1 } }, 'retry.delay: unknown field'],
  [{ timeoutMs: 5 }, 'timeoutMs: must be an object'],
  [{ timeoutMs: { sync: 0 } }, 'timeoutMs.sync: must be an integer from 1 to 60000'],
  [{ timeoutMs: { sync: '5' } }, 'timeoutMs.sync: must be an integer'],
  [{ timeoutMs: { async: 3_600_001 } }, 'timeoutMs.async: must be an integer from 1 to 3600000'],
  [{ timeoutMs: { both: 1 } }, 'timeoutMs.both: unknown field'],
  [{ memoryMb: 31 }, 'memoryMb: must be an integer from 32 to 8192'],
  [{ rate: { limit: 5 } }, 'rate: must be {"limit", "windowMs"}'],
  [{ rate: { limit: 0, windowMs: 1_000 } }, 'rate: must be'],
  [{ concurrency: 0 }, 'concurrency: must be an integer from 1 to'],
  [{ priority: 10 }, 'priority: must be an integer from 0 to 9'],
  [{ memoryMb: 128.5 }, 'memoryMb: must be an integer'],
  [{ queue: 'a:b' }, 'queue: must be a name'],
  [{ environment: [] }, 'environment: must be an object'],
  [{ environment: { A: 1 } }, 'environment.A: must be a string'],
  [{ environment: { 'A=B': 'x' } }, 'environment.A=B: is no name'],
  [{ callback: 'https://a.example' }, 'callback: must be an object'],
  [{ callback: { url: '/hook' } }, 'callback.url: must be an http or https URL'],
  [{ functions: [] }, 'functions: must be an object'],
])('a fault at the top level is of the file: %j', (json, fault) => {
  expect(parse(json)).toEqual({ fault: expect.stringContaining(fault) });
});

test('a function has the callback of the top level, its own, or none', () => {
  const top = { url: 'https://top.example/' };
  const own = { url: 'https://own.example/', events: ['failed'] };
  const file = parse({ callback: top, functions: { f: {}, g: { callback: own }, h: { callback: null } } });
  if ('fault' in file) throw new Error(file.fault);
  expect(file.defaults.callback).toMatchObject(top);
  expect(file.functions.get('f')).toMatchObject({ callback: top });
  expect(file.functions.get('g')).toMatchObject({ callback: own });
  expect(file.functions.get('h')).toMatchObject({ callback: undefined });
});

test('all faults are named at once', () => {
  const file = parse({ memoryMb: 1, queue: '', nonsense: true });
  expect(file).toEqual({
    fault:
      'functions.json: memoryMb: must be an integer from 32 to 8192 (MB); ' +
      'queue: must be a name of letters, digits, _ and -, 60 at most; nonsense: unknown field',
  });
});

test('a fault of one function is its own', () => {
  const file = parse({ functions: { bad: { memoryMb: '1' }, worse: 5, good: { memoryMb: 64 } } });
  if ('fault' in file) throw new Error(file.fault);
  expect(file.functions.get('bad')).toEqual({ fault: expect.stringContaining('functions.bad.memoryMb: must be') });
  expect(file.functions.get('worse')).toEqual({ fault: expect.stringContaining('functions.worse: must be an object') });
  expect(file.functions.get('good')).toMatchObject({ memoryMb: 64 });
});

test('text that is not JSON is one fault', () => {
  expect(parseFunctionSettings('{"a": }', DEFAULT_LIMITS)).toEqual({
    fault: expect.stringContaining('functions.json is not JSON'),
  });
  expect(parseFunctionSettings('\uFEFF{}', DEFAULT_LIMITS)).toMatchObject({ defaults: DEFAULT_SETTINGS });
});
