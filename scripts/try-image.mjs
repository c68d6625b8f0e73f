/**
 * `npm run try:image`: builds the image from what is committed and runs it, where there is no container engine. The roots are
 * Debian by debootstrap, the steps are those of the Dockerfile, and containers are mount namespaces. See docs/image.md.
 */
import './node-version.mjs';
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage } from './image/build-image.mjs';
import { API, REDIS, WORKER } from './image/compose.mjs';
import { Container } from './image/container.mjs';
import { dataDir, root } from './places.mjs';
import { freePort } from './ports.mjs';
import { bringRedis } from './redis.mjs';
import { runCommand } from './run-command.mjs';
import { Trouble, say, tell } from './trouble.mjs';

const NODE_USER = 1000;
const PASSWORD = 'try-image';
const started = [];

await tell(async () => {
  mustBeAble();
  const folder = join(dataDir(), 'image');
  mkdirSync(folder, { recursive: true });
  const revision = (
    await runCommand('git', ['rev-parse', 'HEAD'], { what: 'git', cwd: root, timeoutMs: 10_000 })
  ).trim();
  const image = await buildImage(folder, { REVISION: revision });
  try {
    await tryIt(image, folder);
    say('The image builds and runs');
  } finally {
    for (const stop of started.reverse()) await stop();
  }
});

function mustBeAble() {
  const missing = ['debootstrap', 'unshare', 'chroot', 'setpriv'].filter(
    (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0,
  );
  if (process.getuid?.() !== 0) throw new Trouble('Only root can make a root of its own and mount into it.');
  if (missing.length > 0)
    throw new Trouble(`Not here: ${missing.join(', ')}. Debian has them: apt-get install debootstrap.`);
}

async function tryIt(image, folder) {
  const data = join(folder, 'data');
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { mode: 0o700 });
  // A new volume takes its owner from the folder of the image.
  chownSync(data, NODE_USER, NODE_USER);
  tellOf(image);

  const once = async (name, command, env = {}) => {
    const container = new Container(image, { name, folder, user: 'node', env, mounts: [`${data}:/data`], command });
    const code = await container.exited;
    if (code !== 0) throw new Trouble(`${command.join(' ')} ended with ${code}:\n${container.output}`);
    const said = container.output.trim().split('\n').at(-1);
    // What follows the id of a key is its secret.
    say(`${command.join(' ').slice(0, 90)}: ${name === 'keys' ? said.replace(/\..*/, '.…') : said}`);
    return said;
  };
  await once('version', ['invoq', '--version']);
  await once('node', ['node', '--version']);
  await once('read-only', ['sh', '-c', '! touch /app/x 2>&1 && ! touch /usr/x && touch /tmp/x /data/x && id']);
  const keys = ['keys', 'create', 'me', '--scopes', 'invoke,read,admin', '--keys-file', '/data/keys.json'];
  const key = await once('keys', ['invoq', ...keys]);

  const redis = await startRedis(folder);
  const [port, workerPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const shared = { REDIS_URL: redis };
  const api = new Container(image, {
    ...API,
    folder,
    env: { ...API.env, ...shared, HOST: '127.0.0.1', PORT: `${port}` },
    mounts: [`${data}:/data`, `${data}/keys.json:/run/secrets/keys:ro`],
  });
  started.push(() => api.stop());
  const worker = new Container(image, {
    ...WORKER,
    folder,
    env: { ...WORKER.env, ...shared, INVOQ_API_URL: url, WORKER_PORT: `${workerPort}` },
    mounts: [`${data}:/data`, ...WORKER.mounts.map((mount) => join(root, mount))],
  });
  started.push(() => worker.stop());
  const answers = async (at) => (await fetch(`http://127.0.0.1:${at}/readyz`)).ok;
  await api.ready(() => answers(port));
  await worker.ready(() => answers(workerPort));
  for (const { pid, name } of [api, worker]) say(`${name} is ready as ${identityOf(pid)}`);

  for (const at of [port, workerPort]) await once('health', healthCheck(at));
  await call(url, key);
  const env = { INVOQ_URL: url, INVOQ_KEY: key, REDIS_URL: redis };
  await once('cli', ['invoq', 'invoke', 'add', '--data', '{"x": 20, "y": 22}'], env);
  await once('doctor', ['invoq', 'doctor'], env);

  for (const app of [worker, api]) {
    const began = Date.now();
    const code = await app.stop();
    started.pop();
    if (code !== 0) throw new Trouble(`${app.name} ended with ${code} on SIGTERM:\n${app.output}`);
    say(`${app.name} ended in order on SIGTERM, after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }
}

function tellOf({ root: folder, labels }) {
  const bom = JSON.parse(readFileSync(join(folder, 'app/sbom.cdx.json'), 'utf8'));
  say(`sbom.cdx.json: ${bom.bomFormat} ${bom.specVersion}, ${bom.components.length} packages`);
  for (const [name, value] of Object.entries(labels)) say(`label ${name}=${value}`);
}

/** As docker-compose.yml asks a container for its health. */
function healthCheck(port) {
  const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  const script = /"(fetch\('http:\/\/127\.0\.0\.1:3000[^"]+)"/.exec(compose)[1];
  return ['node', '-e', script.replace('3000', `${port}`)];
}

/** A sync call, each example that ends well, and an async call. */
async function call(url, key) {
  const ask = async (method, path, body) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
    const { code, data, error, requestID } = await answer.json();
    if (code !== 0 && code !== 202) throw new Trouble(`${path}: ${JSON.stringify({ code, error })}`);
    return { data, requestID };
  };
  const invoke = (name, data, more = {}) => ask('POST', `/v1/functions/${name}/invocations`, { data, ...more });
  say(`sync call: add answered ${(await invoke('add', { x: 1, y: 2 })).data}`);
  for (const name of ['hashFile', 'summarizeFile']) {
    say(`sync call: ${name} answered ${JSON.stringify((await invoke(name, {})).data).slice(0, 60)}…`);
  }
  const { requestID } = await invoke('longReport', { seconds: 1 }, { sync: false });
  const { data } = await ask('GET', `/v1/invocations/${requestID}/result?wait=20`);
  say(`async call: longReport wrote ${data.file}, ${data.bytes} bytes`);
}

/** Users and capabilities, as the kernel knows them. */
function identityOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (name) => new RegExp(`^${name}:\\s+(\\w+)`, 'm').exec(status)?.[1];
  return `user ${read('Uid')}, capabilities ${read('CapEff')}, NoNewPrivs ${read('NoNewPrivs')}`;
}

async function startRedis(folder) {
  const [program, port, dir] = [await bringRedis(), await freePort(), join(folder, 'redis')];
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  const settings = [...REDIS, '--requirepass', PASSWORD, '--bind', '127.0.0.1', '--port', `${port}`, '--dir', dir];
  const child = spawn(program, settings, { stdio: 'ignore' });
  const gone = new Promise((done) => child.once('exit', done));
  started.push(() => child.kill() && gone);
  return `redis://:${PASSWORD}@127.0.0.1:${port}`;
}
