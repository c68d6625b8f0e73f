/** The Dockerfile and docker-compose.yml name only what is there. `npm run try:image` follows them to a running container. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { API, REDIS, WORKER } from '../../scripts/image/compose.mjs';
import { contextOf } from '../../scripts/image/context.mjs';
import { copyOf, labelsOf, readDockerfile } from '../../scripts/image/dockerfile.mjs';

const root = join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' });

const stages = readDockerfile(read('Dockerfile'));
const image = stages[stages.length - 1];
const compose = read('docker-compose.yml');
const committed = git('ls-files').trim().split('\n');
const context = contextOf(committed, read('.dockerignore'));
const isGiven = (path: string): boolean => context.some((file) => file === path || file.startsWith(`${path}/`));
const copies = stages.flatMap(({ name, steps }) =>
  steps.filter(({ word }) => word === 'COPY').map(({ args }) => ({ stage: name, ...copyOf(args) })),
);

test('each COPY finds what it names among the committed files that a build is given', () => {
  const own = copies.filter(({ from }) => from === undefined).flatMap(({ sources }) => sources);
  expect(own.length).toBeGreaterThan(8);
  expect(own.map((path) => path.replace(/\/$/, '')).filter((path) => !isGiven(path))).toEqual([]);
});

test('what is copied from another stage was made there', () => {
  const made = (stage: string): string =>
    stages
      .find(({ name }) => name === stage)
      ?.steps.map(({ args }) => args)
      .join('\n') ?? '';
  const from = copies.flatMap((copy) => (copy.from === undefined ? [] : [{ ...copy, steps: made(copy.from) }]));
  expect(from.map(({ from: stage, sources }) => [stage, ...sources])).toEqual([
    ['dependencies', '/app/node_modules'],
    ['build', '/app/dist'],
    ['build', '/app/sbom.cdx.json'],
  ]);
  expect(made('dependencies')).toContain('npm ci --omit=dev');
  expect(made('build')).toMatch(/node scripts\/build\.mjs\nnode scripts\/sbom\.mjs sbom\.cdx\.json/);
});

test('a build is given no secret, no test and nothing that was built elsewhere', () => {
  const hidden = ['keys.json', '.env', '.env.local', '.data/keys.json', 'node_modules/x/y.js', 'dist/apps/api/main.js'];
  const others = ['examples/functions/node_modules/x.js', 'libs/a/b.spec.ts', 'test/a.ts', '.git/config', 'docs/a.md'];
  expect(contextOf([...hidden, ...others], read('.dockerignore'))).toEqual([]);
  expect(contextOf(['apps/api/main.ts', 'libs/store/scripts/a.lua'], read('.dockerignore'))).toHaveLength(2);
});

test('the labels tell the version, the licence and the commit', () => {
  const { version, license, description } = JSON.parse(read('package.json')) as Record<string, string>;
  expect(labelsOf(image, { REVISION: 'abc' })).toEqual({
    'org.opencontainers.image.title': 'Invoq',
    'org.opencontainers.image.description': description,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.revision': 'abc',
    'org.opencontainers.image.licenses': license,
    'org.opencontainers.image.base.name': image.base,
  });
});

test('entry point, command line and the commands of Compose lead to sources', () => {
  const copied = (target: string): string | undefined => copies.find((copy) => copy.target === target)?.sources[0];
  for (const program of ['/usr/local/bin/invoq-entrypoint', '/usr/local/bin/invoq']) {
    const source = copied(program) ?? '';
    expect(git('ls-files', '-s', source)).toMatch(/^100755 /);
    expect(spawnSync('sh', ['-n', join(root, source)]).status).toBe(0);
  }
  expect(image.steps.find(({ word }) => word === 'ENTRYPOINT')?.args).toBe('["invoq-entrypoint"]');
  const launcher = read('deploy/docker/invoq.sh');
  const started = `${compose}\n${image.steps.map(({ args }) => args).join('\n')}\n${launcher.replace('$command', 'api')}`;
  const entries = [...started.matchAll(/dist\/?(apps\/[\w/-]+)\.js|\$dist\/(apps\/[\w/-]+)\.js/g)];
  const sources = entries.map(([, one, two]) => `${one ?? two}.ts`);
  expect([...new Set(sources)].sort()).toEqual([
    'apps/api/keys-cli.ts',
    'apps/api/main.ts',
    'apps/cli/main.ts',
    'apps/worker/callback-secret-cli.ts',
    'apps/worker/drain-cli.ts',
    'apps/worker/main.ts',
  ]);
  expect(sources.filter((file) => !isGiven(file))).toEqual([]);
});

test('each folder that Compose mounts from the checkout is committed, and is mounted read-only', () => {
  const mounts = [...compose.matchAll(/'\.\/([^:']+):([^']+)'/g)].map(([, from, to]) => [from, to]);
  expect(mounts).toEqual([['examples/functions', '/functions:ro']]);
  expect(mounts.filter(([from]) => !committed.some((file) => file.startsWith(`${from}/`)))).toEqual([]);
});

test('health checks parse, and ask the ports that the apps listen at', () => {
  const scripts = [...compose.matchAll(/"(fetch\([^"]+)"/g)].map(([, script]) => script);
  expect(scripts).toHaveLength(2);
  for (const script of scripts) {
    expect(spawnSync(process.execPath, ['--check', '-'], { input: script }).status).toBe(0);
  }
  const ports = scripts.map((script) => /127\.0\.0\.1:(\d+)\/readyz/.exec(script)?.[1]);
  const given = ['PORT', 'WORKER_PORT'].map((name) => new RegExp(`^\\s+${name}: '(\\d+)'`, 'm').exec(compose)?.[1]);
  expect(ports).toEqual(given);
});

test('a run without Compose has the containers of Compose', () => {
  const part = (name: string): string => new RegExp(`\\n  ${name}:\\n(?:(?:    .*)?\\n)+`).exec(compose)?.[0] ?? '';
  const anchors = compose.slice(0, compose.indexOf('\nservices:'));
  for (const line of [
    'cap_drop: [ALL]',
    "security_opt: ['no-new-privileges:true']",
    'read_only: true',
    'tmpfs: [/tmp]',
  ]) {
    expect(anchors).toContain(`\n  ${line}\n`);
  }
  expect(part('redis')).toContain(REDIS.join(' ').replace('1gb', '${INVOQ_REDIS_MEMORY:-1gb}'));
  for (const service of [API, WORKER]) {
    const text = part(service.name);
    expect(text).toContain(`command: ['${service.command.join("', '")}']`);
    expect(/^ {4}user: (.*)$/m.exec(text)?.[1] ?? 'root').toBe(service.user);
    expect(/^ {4}cap_add: \[(.*)\]$/m.exec(text)?.[1] ?? '').toBe(service.caps.join(', '));
    for (const [name, value] of Object.entries(service.env)) expect(text).toContain(`${name}: ${value}\n`);
    for (const mount of service.mounts ?? []) expect(text).toContain(`'./${mount}'`);
  }
});
