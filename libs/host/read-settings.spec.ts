/** Settings as tables: from where a value comes, and what is said of those at fault. */
import {
  asksForHelp,
  describeSettings,
  readSettings,
  setting,
  SettingsError,
  type SettingsTable,
} from './read-settings';
import { boolean, bytes, duration, integer, list, oneOf, slots, text, url } from './setting-parsers';

const table = {
  port: setting({ env: 'PORT', flag: '--port', default: 3000, parse: integer(0, 65535), doc: 'Port of the HTTP API.' }),
  redisUrl: setting({ env: 'REDIS_URL', parse: url('redis:', 'rediss:'), doc: 'Where Redis is.' }),
  key: setting<string | undefined>({
    env: 'KEY',
    default: undefined,
    parse: text(),
    doc: 'Key of the API.',
    secret: true,
  }),
  watch: setting({ env: 'WATCH', flag: '--watch', default: false, parse: boolean(), doc: 'Watch the functions.' }),
  grace: setting({
    env: 'GRACE',
    flag: '--grace',
    default: 10_000,
    parse: duration(0, 600_000),
    doc: 'Time to drain.',
  }),
};
const env = { REDIS_URL: 'redis://127.0.0.1' };

function faultsOf(run: () => unknown): SettingsError {
  try {
    run();
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('no fault');
}

test('a flag goes before a variable, that before the default', () => {
  const settings = readSettings(table, { argv: ['--port', '1'], env: { ...env, PORT: '2', GRACE: '3s' } });
  const port: number = settings.port;
  const key: string | undefined = settings.key;
  expect([port, key]).toEqual([1, undefined]);
  expect(settings).toEqual({ port: 1, redisUrl: 'redis://127.0.0.1', key: undefined, watch: false, grace: 3_000 });
});

test.each<[string[], object]>([
  [['--port=8'], { port: 8 }],
  [['--watch'], { watch: true }],
  [['--watch', 'false'], { watch: false }],
  [['--watch=no', '--port', '0'], { watch: false, port: 0 }],
  [['--watch', '--port', '5'], { watch: true, port: 5 }],
  [['--help', '--grace', '1m'], { grace: 60_000 }],
])('arguments %j', (argv, values) => expect(readSettings(table, { argv, env })).toMatchObject(values));

test('an empty variable counts as not set, and spaces around a value do not count', () => {
  expect(readSettings(table, { argv: [], env: { REDIS_URL: ' redis://h ', PORT: ' ' } })).toMatchObject({
    port: 3000,
    redisUrl: 'redis://h',
  });
});

test('all faults are told at once, each with name, value and rule', () => {
  const fault = faultsOf(() =>
    readSettings(table, { argv: ['--porte', '5', '--grace', 'soon'], env: { PORT: '99999' } }),
  );
  expect(fault.message.split('\n')).toEqual([
    '--porte: unknown flag; --help lists them',
    '5: is not a flag, and arguments are not taken',
    'PORT=99999: must be an integer from 0 to 65535',
    'REDIS_URL: has to be given: a URL that starts with redis:// or rediss://',
    expect.stringMatching(/^--grace=soon: must be a length of time from 0ms to 10m, such as/),
  ]);
  expect(fault.faults[2]).toEqual({ name: 'PORT', value: '99999', rule: 'must be an integer from 0 to 65535' });
});

test.each([
  [['--port'], '--port: has to be given: an integer'],
  [['--port='], '--port: has to be given: an integer'],
  [['--port', '1', '--port', '2'], '--port: given twice'],
  [['-x'], '-x: unknown flag'],
  [['--__proto__', '1'], '--__proto__: unknown flag'],
])('arguments at fault: %j', (argv, message) => {
  expect(faultsOf(() => readSettings(table, { argv, env })).message).toContain(message);
});

test('no fault shows a secret', () => {
  const strict = {
    key: setting({ env: 'KEY', parse: text('8 digits', /^\d{8}$/), doc: '', secret: true }),
    redisUrl: table.redisUrl,
  };
  const { message } = faultsOf(() =>
    readSettings(strict, { argv: [], env: { KEY: 'hunter2', REDIS_URL: 'http://me:hunter3@h/1' } }),
  );
  expect(message).toBe(
    'KEY: must be 8 digits\nREDIS_URL=http://…@h/1: must be a URL that starts with redis:// or rediss://',
  );
});

test('the help text is aligned and tells the defaults', () => {
  const more: SettingsTable = {
    ...table,
    body: setting({ env: 'BODY', default: 1_048_576, parse: bytes(1, 1e9), doc: 'Largest body.' }),
    queues: setting({ env: 'QUEUES', flag: '--queues', default: ['default'], parse: list(text()), doc: 'Queues.' }),
    slots: setting({ env: 'SLOTS', flag: '--slots', default: { sync: 8 }, parse: slots({ sync: 8 }), doc: 'Slots.' }),
    level: setting({ env: 'LEVEL', default: 'info', parse: oneOf('info', 'debug'), doc: 'Level.' }),
  };
  expect(describeSettings('invoq worker', more)).toBe(`invoq worker

  --port <integer>        PORT       Port of the HTTP API. (default 3000)
                          REDIS_URL  Where Redis is. (required)
                          KEY        Key of the API. Or KEY_FILE: a file that holds it.
  --watch <true|false>    WATCH      Watch the functions. (default false)
  --grace <time>          GRACE      Time to drain. (default 10s)
                          BODY       Largest body. (default 1mb)
  --queues <text,…>       QUEUES     Queues. (default default)
  --slots <lane=slots,…>  SLOTS      Slots. (default sync=8)
                          LEVEL      Level. (default info)

  --help, -h                         Shows this.
`);
});

test('asks for help', () => {
  expect([asksForHelp(['--port', '1', '-h']), asksForHelp(['--help']), asksForHelp([])]).toEqual([true, true, false]);
});
