/**
 * Holds docker-compose.yml to the rules of Compose, and to ours. `node scripts/check-compose.mjs`; exit code 2 when the
 * machine has no Compose. It starts nothing and needs no engine.
 */
import { spawnSync } from 'node:child_process';
import { root } from './places.mjs';

const LIMIT_MS = 60_000;
/** The file asks for one. */
const PASSWORD = 'checked';
const COMPOSES = [
  ['docker', ['compose']],
  ['docker-compose', []],
];

const compose = COMPOSES.find(
  ([program, args]) => spawnSync(program, [...args, 'version'], { timeout: LIMIT_MS }).status === 0,
);
if (!compose) {
  console.log('docker-compose.yml was not checked: no `docker compose` or `docker-compose` here');
  process.exit(2);
}

const [program, args] = compose;
const faults = [
  ...faultsOf(['docker-compose.yml'], promisesBrokenBy),
  // Laid over the first one; see docs/monitoring.md.
  ...faultsOf(['docker-compose.yml', 'deploy/grafana/docker-compose.yml'], () => []),
];
for (const fault of faults) console.error(`! ${fault}`);
if (faults.length === 0) console.log('docker-compose.yml is valid, and so is what is laid over it');
process.exit(faults.length === 0 ? 0 : 1);

function faultsOf(files, promisesBroken) {
  const { status, stdout, stderr } = spawnSync(program, [...args, ...files.flatMap((file) => ['-f', file]), 'config'], {
    cwd: root,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    env: { ...process.env, INVOQ_REDIS_PASSWORD: PASSWORD },
  });
  const found = status === 0 ? promisesBroken(stdout) : [stderr.trim() || `${program} failed`];
  return found.map((fault) => `${files.join(' with ')}: ${fault}`);
}

/** What must be true of it as Compose understands it, whatever was written. */
function promisesBrokenBy(text) {
  const has = (pattern) => pattern.test(text);
  const count = (pattern) => (text.match(pattern) ?? []).length;
  // Old and new Compose write a volume in two ways.
  const sharers = text.match(/^\s*(- data:\/data|source: data$)/gm) ?? [];
  return [
    !has(/noeviction/) && 'Redis must run with noeviction, or records are lost',
    !has(/--maxmemory\s+\d/) && 'Redis must have a maxmemory, or it grows until the system ends something',
    !has(/appendonly/) && 'Redis must keep an AOF, or a restart loses what was accepted',
    !text.includes(`redis://:${PASSWORD}@redis:6379`) && 'the apps must give Redis its password',
    !has(/requirepass/) && 'Redis must ask for a password: functions share its network',
    count(/^\s*mem_limit:/gm) !== 3 && 'each container must have a memory limit',
    count(/^\s*pids_limit:/gm) !== 3 && 'each container must have a limit of processes',
    count(/^\s*- (CHOWN|KILL|SETGID|SETUID)$/gm) !== 4 &&
      'the worker, and nobody else, must have what it needs to run sandboxes as other users',
    !has(/INVOQ_KEYS_FILE/) && 'the API listens beyond loopback, so it needs keys',
    !has(/127\.0\.0\.1:3000:3000|host_ip: 127\.0\.0\.1/) && 'the API must be published on loopback only',
    sharers.length !== 2 && 'API and worker must share one folder, or large results cannot be read',
  ].filter(Boolean);
}
