/** Restate: durable calls of a service over HTTP. Its server is a program of its own, from its package. */
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installBenchRivals } from '../../scripts/install.mjs';
import { freePort } from '../../scripts/ports.mjs';
import { Trouble } from '../../scripts/trouble.mjs';
import { plainEnvironment } from '../processes.mjs';
import { CALL, SUM } from './add.mjs';
import { request } from './front-requests.mjs';

const RECORDS = 256;
const LIMIT_MS = 30_000;
/** No call ended for so long: nothing is on its way any more. */
const QUIET_MS = 300;

export const restate = {
  name: 'restate',
  label: 'Restate',
  what: "Restate's server and a service of its SDK, HTTP/2 between them; each call in its journal (flushed by the system), retried; no isolation",
  isBrought: true,

  async start(house) {
    await installBenchRivals();
    const program = serverProgram();
    const service = await house.processes.peer('restate-service', join(import.meta.dirname, 'restate-service.mjs'));
    const [ingress, admin, node] = [await freePort(), await freePort(), await freePort()];
    const dir = join(house.dir, 'restate');
    mkdirSync(dir);
    const server = await house.processes.start('restate', program, ['--no-logo', '--base-dir', dir], {
      env: { ...plainEnvironment(), ...settingsOf({ ingress, admin, node }) },
      match: (line) => (line.includes('Server listening') ? true : undefined),
    });
    await register(`http://127.0.0.1:${admin}`, service.ready.port);
    const url = `http://127.0.0.1:${ingress}`;
    const posted = (path, expect, status) => ({ url, requests: [request(path, CALL)], expect, status });
    return {
      pids: { api: server.pid, worker: service.pid },
      http: {
        sync: posted('/add/add', String(SUM), 200),
        accept: posted('/add/add/send', '"Accepted"', 202),
        get: () => reads(url),
      },
      atRest: () => isQuiet(service),
    };
  },
};

function serverProgram() {
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/restate-server`);
  } catch {
    throw new Trouble(`its package has no program for ${process.platform} on ${process.arch}`);
  }
}

/** One machine, loopback only, no news sent home; as durable as the rivals' Redis, which does not wait for the disk either. */
function settingsOf({ ingress, admin, node }) {
  return {
    RESTATE_LISTEN_MODE: 'tcp',
    RESTATE_BIND_IP: '127.0.0.1',
    RESTATE_BIND_PORT: String(node),
    RESTATE_INGRESS__BIND_PORT: String(ingress),
    RESTATE_ADMIN__BIND_PORT: String(admin),
    RESTATE_ADMIN__DISABLE_WEB_UI: 'true',
    RESTATE_DISABLE_TELEMETRY: 'true',
    RESTATE_LOG_DISABLE_ANSI_CODES: 'true',
    RESTATE_LOG_SERVER__ROCKSDB_DISABLE_WAL_FSYNC: 'true',
    RESTATE_BIFROST__LOCAL__ROCKSDB_DISABLE_WAL_FSYNC: 'true',
  };
}

/** Tells the server where the service is, as soon as it listens. */
async function register(admin, port) {
  let said = 'nothing';
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(100)) {
    const response = await ask(`${admin}/deployments`, { uri: `http://127.0.0.1:${port}` }).catch(() => undefined);
    if (response?.ok) return;
    said = (await response?.text()) ?? said;
  }
  throw new Trouble(`it did not take its service within ${LIMIT_MS / 1_000} s: ${said}`);
}

/** Its results can be read again by the idempotency key of their calls. */
async function reads(url) {
  const keys = Array.from({ length: RECORDS }, (_, i) => `key-${i}`);
  for (const key of keys) {
    const response = await ask(`${url}/add/add`, CALL, { 'idempotency-key': key });
    if (!response.ok) throw new Trouble(`it answered ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
  }
  const requests = keys.map((key) => ({ method: 'GET', path: `/restate/invocation/add/add/${key}/output` }));
  return { url, requests, expect: String(SUM), status: 200 };
}

async function isQuiet(service) {
  const before = await service.ask('open', 10_000);
  await sleep(QUIET_MS);
  const after = await service.ask('open', 10_000);
  return before.ended === after.ended && after.running === 0;
}

function ask(url, body, headers = {}) {
  const options = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
  return fetch(url, { ...options, body: JSON.stringify(body), signal: AbortSignal.timeout(10_000) });
}
