/** `invoq size` as the built command line: for people, for programs, and what it refuses. It needs no stack. */
import { invoq } from './invoq';

interface Answer {
  load: Record<string, unknown>;
  plan: { machines: number; redisPrimaries: number; partitions: number; warnings: string[]; steps: { what: string }[] };
}

const answer = async (...args: string[]): Promise<Answer> =>
  JSON.parse((await invoq(['size', ...args, '--json'])).stdout) as Answer;

test('a small load, for people: what is needed, and what is not in it', async () => {
  const { code, stdout, stderr } = await invoq([
    'size',
    '--rate',
    '50',
    '--sync',
    '20%',
    '--run',
    '800ms',
    '--keep',
    '6h',
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^machines +2 /m);
  expect(stdout).toMatch(/^Redis primaries +1 /m);
  expect(stdout).toMatch(/^slots +sync=17, async=40 +--slots sync=9,async=20 of each worker$/m);
  expect(stdout).toMatch(/^! CPU time of the functions is not in it/m);
  expect(stdout).not.toContain('STEP');
});

test('--steps shows the sum', async () => {
  const { stdout } = await invoq(['size', '--rate', '50', '--run', '800ms', '--steps']);
  expect(stdout).toMatch(/^running calls +40 +50 calls\/s × 0\.8 s$/m);
});

test('a large load needs a cluster; options reach the plan in ms, bytes and shares', async () => {
  const { load, plan } = await answer(
    ...['--rate', '5000', '--sync', '80%', '--payload', '2kb', '--result', '1mb', '--keep', '1h', '--keep-sync', '5m'],
    ...[
      '--function-cpu',
      '0.4ms',
      '--memory-mb',
      '64',
      '--cores',
      '16',
      '--machine-memory',
      '64gb',
      '--log-lines',
      '3',
    ],
  );
  expect(load).toMatchObject({
    rate: 5_000, syncShare: 0.8, dataBytes: 2_048, resultBytes: 1_048_576, keepAsyncMs: 3_600_000, keepSyncMs: 300_000,
    functionCpuMs: 0.4, functionMb: 64, cores: 16, machineBytes: 64 * 1_024 ** 3, logLines: 3, keepsData: false, isCompact: false,
  }); // prettier-ignore
  expect(plan.redisPrimaries).toBeGreaterThanOrEqual(3);
  expect(plan.warnings.join()).toContain(`INVOQ_PARTITIONS=${plan.partitions}`);
  expect(plan.warnings.join()).toContain('256 KB');
});

test.each([
  [[], 'Give --rate'],
  [['--rate', '0'], 'a number above 0'],
  [['--rate', '50', '--sync', '0.2'], '20%'],
  [['--rate', '50', '--sync', '120%'], '20%'],
  [['--rate', '50', '--payload', '2k'], '2kb'],
  [['--rate', '50', '--payload', '2tb'], 'to 1tb'],
  [['--rate', '50', '--result', `${'9'.repeat(400)}gb`], 'to 1tb'],
  [['--rate', '50', '--machine-memory', '0b'], 'from 256mb'],
  [['--rate', '50', '--run', '800'], '250ms'],
  [['--rate', '50', '--partitions', '257'], '256'],
])('size %j is refused, and says how to write it', async (args, said) => {
  const { code, stdout, stderr } = await invoq(['size', ...args]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(said);
});
