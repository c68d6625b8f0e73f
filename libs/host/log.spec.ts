/** The log writes JSON without secrets; the limited log never floods. */
import { EventEmitter } from 'node:events';
import { changeLevelOnSignal, createLog, limited, type LogLevel, plain, setLevel } from './log';

interface Line extends Record<string, unknown> {
  msg: string;
}

function logTo(lines: Line[], level?: LogLevel) {
  return createLog({
    app: 'worker',
    level,
    destination: { write: (line) => void lines.push(JSON.parse(line) as Line) },
  });
}

test('a line has the app, the level as a word and an ISO time', () => {
  const lines: Line[] = [];
  logTo(lines).info({ requestID: 'r' }, 'hello');
  expect(lines).toEqual([{ app: 'worker', level: 'info', time: expect.any(String), requestID: 'r', msg: 'hello' }]);
  expect(new Date(lines[0].time as string).toISOString()).toBe(lines[0].time);
});

test('the level holds back what is below it', () => {
  const lines: Line[] = [];
  const log = logTo(lines, 'warn');
  log.info('no');
  log.warn('yes');
  expect(lines.map(({ msg }) => msg)).toEqual(['yes']);
});

test('secrets are hidden, wherever a request or a setting carries them', () => {
  const lines: Line[] = [];
  const headers = { authorization: 'S3', cookie: 'S3', 'x-api-key': 'S3', 'set-cookie': 'S3', host: 'h' };
  logTo(lines).info(
    {
      req: { headers },
      res: { headers },
      headers,
      settings: { token: 'S3', port: 1 },
      secret: 'S3',
      'x-api-key': 'S3',
    },
    '',
  );
  expect(JSON.stringify(lines)).not.toContain('S3');
  expect(lines[0]).toMatchObject({ req: { headers: { host: 'h', authorization: '[hidden]' } }, settings: { port: 1 } });
});

test('a plain log writes the same line', () => {
  const lines: Line[] = [];
  const log = logTo(lines);
  for (const each of [log, plain(log)]) each.info({ requestID: 'r', attempt: 1, rssMb: undefined }, 'ended');
  const [whole, bare] = lines.map(({ time: _, ...line }) => line);
  expect(bare).toEqual(whole);
  expect(bare).toMatchObject({ app: 'worker', level: 'info', requestID: 'r' });
});

test('errors are logged with their stack', () => {
  const lines: Line[] = [];
  logTo(lines).error({ err: new TypeError('boom') }, 'failed');
  expect(lines[0].err).toMatchObject({
    type: 'TypeError',
    message: 'boom',
    stack: expect.stringContaining('TypeError: boom'),
  });
});

test('a limited log writes one line a period and tells how many it left out', async () => {
  const lines: Line[] = [];
  const log = logTo(lines);
  for (let i = 0; i < 500; i++) limited(log, 'redis', 300).error({ i }, 'redis is away');
  expect(lines).toHaveLength(1);
  await new Promise((resolve) => setTimeout(resolve, 320));
  limited(log, 'redis', 300).warn({ i: 'last' }, 'redis is away');
  expect(lines).toEqual([
    expect.objectContaining({ level: 'error', i: 0, msg: 'redis is away' }),
    expect.objectContaining({ level: 'warn', i: 'last', suppressed: 499 }),
  ]);
  expect(lines[0]).not.toHaveProperty('suppressed');
});

test('keys do not hold each other back, nor do logs', () => {
  const lines: Line[] = [];
  const log = logTo(lines);
  limited(log, 'a').error({}, 'a');
  limited(log, 'b').error({}, 'b');
  limited(logTo(lines), 'a').error({}, 'a again');
  limited(log, 'a').error({}, 'held back');
  expect(lines.map(({ msg }) => msg)).toEqual(['a', 'b', 'a again']);
});

test('the level of a log and of its plain copies changes while it is used', () => {
  const lines: Line[] = [];
  const log = logTo(lines);
  const copy = plain(log);
  setLevel(log, 'debug');
  for (const each of [log, copy]) each.debug('heard');
  setLevel(log, 'warn');
  for (const each of [log, copy, plain(log)]) each.info('not heard');
  expect(lines.map(({ msg }) => msg)).toEqual(['heard', 'heard']);
});

test.each(['info', 'warn', 'silent', 'trace'] as const)(
  'from %s a signal turns debug on, and another one off',
  (usual) => {
    const lines: Line[] = [];
    const log = logTo(lines, usual);
    const signals = new EventEmitter();
    changeLevelOnSignal(log, usual, signals);
    signals.emit('SIGUSR2');
    expect(log.level).toBe('debug');
    signals.emit('SIGUSR2');
    expect(log.level).toBe(usual);
    expect(lines.map(({ level, to }) => [level, to])).toEqual([
      ['info', 'debug'],
      ['info', usual],
    ]);
  },
);
