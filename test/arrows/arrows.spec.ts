/** Proves that each rule of .dependency-cruiser.cjs bites: a small lawful project, then one file that breaks each rule. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..', '..');
const law = createRequire(__filename)(join(root, '.dependency-cruiser.cjs')) as {
  forbidden: { name: string; comment: string }[];
};

/** A project that keeps the rules: every floor, each arrow downward, all of it reached by what node is told to run. */
const LAWFUL: Record<string, string> = {
  'libs/contract/words.ts': `export type Word = string;`,
  'libs/policy/plan.ts': `import type { Word } from '@invoq/contract/words'; export const plan: Word = '';`,
  'libs/store/store.ts': `import 'ioredis'; import '@invoq/contract/words'; export {};`,
  'libs/queue/queue.ts': `import 'bullmq'; import 'ioredis'; import '@invoq/policy/plan'; export {};`,
  'libs/functions/manifest.ts': `import '@invoq/contract/words'; export {};`,
  'libs/executor/executor.ts': `import 'node:child_process'; export {};`,
  'libs/executor/child/main.ts': `export {};`,
  'libs/blobs/blobs.ts': `import '@aws-sdk/client-s3'; import '@invoq/contract/words'; export {};`,
  'libs/host/log.ts': `import '@invoq/contract/words'; export {};`,
  'libs/client/index.ts': `import '@invoq/contract/words'; export {};`,
  'apps/api/main.ts': `import '@nestjs/common'; import '@invoq/host/log'; import '@invoq/queue/queue'; import '@invoq/blobs/blobs'; import './doors/native/native.door'; export {};`,
  'apps/api/callers/caller.ts': `export {};`,
  'apps/api/invocations/call.ts': `export {};`,
  'apps/api/invocations/invocations.ts': `import './call'; import '@invoq/store/store'; export {};`,
  'apps/api/doors/door.ts': `import '../invocations/call'; import '../callers/caller'; export {};`,
  'apps/api/doors/gateway.ts': `import '../invocations/invocations'; export {};`,
  'apps/api/doors/native/native.door.ts': `import '../gateway'; import '../door'; import '../../invocations/call'; export {};`,
  'apps/api/doors/minapp/minapp.door.ts': `import '../door'; export {};`,
  'apps/api/doors/doors.module.ts': `import './minapp/minapp.door'; export {};`,
  'apps/api/api.spec.ts': `import 'node:child_process'; import 'devtool'; export {};`,
  'apps/worker/main.ts': `import '@invoq/functions/manifest'; import '@invoq/executor/executor'; import '@invoq/store/store'; export {};`,
  'test/harness/stack.ts': `export {};`,
};
LAWFUL['apps/api/main.ts'] += ` import './doors/doors.module';`;

/** rule → the files that break it; the first one is the culprit that must be named. */
const UNLAWFUL: Record<string, Record<string, string>> = {
  'no-circular': {
    'libs/store/a.ts': `import type { B } from './b'; export type A = B;`,
    'libs/store/b.ts': `import type { A } from './a'; export type B = A;`,
  },
  'no-unresolvable': { 'libs/store/lost.ts': `import '@invoq/nowhere/at-all';` },
  'no-dead-file': { 'libs/functions/forgotten.ts': `export const nobody = 'comes here';` },
  'apps-meet-in-queue-and-store': { 'apps/worker/peek.ts': `import '../api/invocations/call';` },
  'libs-below-apps': { 'libs/queue/up.ts': `import '../../apps/worker/main';` },
  'every-lib-has-a-floor': { 'libs/drawer/helper.ts': `import '@invoq/contract/words';` },
  'contract-imports-nothing': { 'libs/contract/clock.ts': `import 'node:fs';` },
  'live-imports-nothing': { 'libs/live/asks.ts': `import type {} from '@invoq/contract/outcome';` },
  'policy-is-pure': { 'libs/policy/reads.ts': `import 'node:fs';` },
  'cron-is-pure-but-for-croner': { 'libs/policy/cron.ts': `import 'croner'; import type {} from 'ioredis';` },
  'middle-libs-apart': { 'libs/store/sideways.ts': `import type {} from '@invoq/functions/manifest';` },
  'host-is-for-apps': { 'libs/store/logs.ts': `import '@invoq/host/log';` },
  'host-stands-alone': { 'libs/host/knows.ts': `import '@invoq/store/store';` },
  'client-knows-the-contract-only': { 'libs/client/heavy.ts': `import '@invoq/policy/plan';` },
  'nobody-needs-the-client': { 'apps/worker/calls-home.ts': `import '@invoq/client/index';` },
  'console-knows-the-client-only': { 'apps/console/peek.ts': `import type {} from '@invoq/store/store';` },
  'libs-are-plain': { 'libs/queue/module.ts': `import '@nestjs/common';` },
  'doors-apart': { 'apps/api/doors/minapp/neighbour.ts': `import '../native/native.door';` },
  'doors-see-the-road-only': { 'apps/api/doors/native/shortcut.ts': `import '../../invocations/invocations';` },
  'core-knows-no-door': { 'apps/api/schedules/favours.ts': `import '../doors/native/native.door';` },
  'http-knows-no-door': { 'apps/api/http/names-one.ts': `import type {} from '../doors/door';` },
  'bullmq-is-owned': { 'apps/worker/lane.ts': `import type {} from 'bullmq';` },
  'ioredis-is-owned': { 'apps/api/redis.ts': `import type {} from 'ioredis';` },
  'cron-is-owned': { 'apps/api/schedules.ts': `import type {} from 'croner';` },
  's3-is-owned': { 'apps/worker/bucket.ts': `import type {} from '@aws-sdk/client-s3';` },
  'opentelemetry-is-owned': { 'apps/api/spans.ts': `import type {} from '@opentelemetry/api';` },
  'child-process-is-owned': { 'apps/worker/spawns.ts': `import 'node:child_process';` },
  'outgoing-http-is-owned': { 'apps/worker/fetches.ts': `import 'node:https';` },
  'runtime-knows-no-test': { 'apps/api/cheats.ts': `import '../../test/harness/stack';` },
  'no-dev-dependency-at-run-time': { 'apps/api/develops.ts': `import 'devtool';` },
  'no-undeclared-dependency': { 'apps/api/borrows.ts': `import 'undeclared';` },
  'no-index': { 'libs/store/by-folder.ts': `import './folder/index';`, 'libs/store/folder/index.ts': `export {};` },
};

const PACKAGES = [
  'bullmq',
  'ioredis',
  'croner',
  '@aws-sdk/client-s3',
  '@opentelemetry/api',
  '@nestjs/common',
  'devtool',
  'undeclared',
];
const projects: string[] = [];

afterAll(() => projects.forEach((project) => rmSync(project, { recursive: true, force: true })));

test('every rule has a reason and a proof', () => {
  expect(Object.keys(UNLAWFUL).sort()).toEqual(law.forbidden.map((rule) => rule.name).sort());
  for (const rule of law.forbidden) expect(rule.comment.length).toBeGreaterThan(20);
});

test('a lawful project passes', async () => {
  expect(await violationsIn(build(LAWFUL))).toEqual([]);
}, 240_000);

describe('each rule names who breaks it', () => {
  let found: Violation[];

  beforeAll(async () => {
    found = await violationsIn(
      build({ ...LAWFUL, ...Object.fromEntries(Object.values(UNLAWFUL).flatMap(Object.entries<string>)) }),
    );
  }, 240_000);

  test.each(Object.entries(UNLAWFUL))('%s', (rule, files) => {
    const [culprit] = Object.keys(files);
    const named = found.filter((each) => each.rule === rule).flatMap((each) => [each.from, each.to]);
    expect(named).toContain(culprit);
  });
});

interface Violation {
  rule: string;
  from: string;
  to: string;
}

function build(files: Record<string, string>): string {
  const project = mkdtempSync(join(tmpdir(), 'invoq-arrows-'));
  projects.push(project);
  for (const file of ['tsconfig.json', '.dependency-cruiser.cjs']) cpSync(join(root, file), join(project, file));
  const dependencies = {
    bullmq: '1',
    ioredis: '1',
    croner: '11',
    '@aws-sdk/client-s3': '1',
    '@nestjs/common': '1',
  };
  write(project, 'package.json', JSON.stringify({ name: 'project', dependencies, devDependencies: { devtool: '1' } }));
  for (const name of PACKAGES) {
    write(
      project,
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, version: '1.0.0', main: 'dist/main.js' }),
    );
    // As most packages do: a law that is blind to a `dist` would see none of them.
    write(project, `node_modules/${name}/dist/main.js`, '');
  }
  for (const [file, code] of Object.entries(files)) write(project, file, code);
  return project;
}

function write(project: string, file: string, text: string): void {
  mkdirSync(dirname(join(project, file)), { recursive: true });
  writeFileSync(join(project, file), text);
}

async function violationsIn(project: string): Promise<Violation[]> {
  const json = await depcruise(project, [
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
    'apps',
    'libs',
  ]);
  const { summary } = JSON.parse(json) as {
    summary: { violations: { rule: { name: string }; from: string; to: string }[] };
  };
  return summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
}

/** As a program of its own: it is an ES module, and it exits with the number of violations. */
function depcruise(cwd: string, args: string[]): Promise<string> {
  return new Promise((done, fail) => {
    execFile(
      join(root, 'node_modules/.bin/depcruise'),
      args,
      { cwd, timeout: 200_000, maxBuffer: 32 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (stdout.startsWith('{')) done(stdout);
        else fail(error ?? new Error(`depcruise said nothing: ${stderr}`));
      },
    );
  });
}
