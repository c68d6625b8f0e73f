/**
 * What open consoles cost: `node bench/consoles.mjs`. A real page is watched for what it asks; then 20 ask the same, each
 * at its own time, on an idle fleet and on a busy one. Prints the CPU of the API and the commands to Redis, a second.
 */
import { execFileSync } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { build } from '../scripts/build.mjs';
import { Demo } from '../scripts/pictures/demo.mjs';
import { freePort } from '../scripts/ports.mjs';

const CONSOLES = Number(process.argv[2] ?? 20);
const WATCHED_MS = 60_000;
const MEASURED_MS = 30_000;
/** Calls a second of the busy fleet. */
const BUSY_RATE = 100;
/** Of the clock that /proc counts by, a second. */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

const data = mkdtempSync(join(tmpdir(), 'invoq-consoles-'));
await build({});
const demo = await Demo.start({ data, port: await freePort() });
try {
  await demo.fill();
  const asked = await watched();
  console.log(`One overview asks ${((asked.length * 1_000) / WATCHED_MS).toFixed(1)} times a second.`);
  for (const [name, rate] of [
    ['idle', 0],
    ['busy', BUSY_RATE],
  ])
    for (const consoles of [0, CONSOLES])
      console.log(name, `${consoles} consoles:`, await measured(asked, consoles, rate));
} finally {
  await demo.stop();
  rmSync(data, { recursive: true, force: true });
}

/** What the overview asks in a minute: each address, with its time. */
async function watched() {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const page = await browser.newPage();
  await page.goto(`${demo.url}/console/`);
  await sleep(5_000);
  const asked = [];
  const from = Date.now();
  page.on('request', (request) => asked.push({ atMs: Date.now() - from, at: Date.now(), url: new URL(request.url()) }));
  await sleep(WATCHED_MS);
  await browser.close();
  return asked;
}

async function measured(asked, consoles, rate) {
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const work = Array.from({ length: consoles }, (_, at) =>
    oneConsole(asked, (at * WATCHED_MS) / consoles, stopping.signal),
  );
  if (rate > 0) work.push(load(rate, stopping.signal));
  await sleep(3_000);
  const before = { cpu: cpuMs(demo.apiPid), commands: await commands(), at: Date.now() };
  await sleep(MEASURED_MS);
  const seconds = (Date.now() - before.at) / 1_000;
  const cpu = (cpuMs(demo.apiPid) - before.cpu) / seconds / 10;
  const perSecond = ((await commands()) - before.commands) / seconds;
  stopping.abort();
  await Promise.all(work);
  return `API ${cpu.toFixed(1)} % of a core, Redis ${perSecond.toFixed(0)} commands/s`;
}

async function oneConsole(asked, offsetMs, signal) {
  const from = Date.now() - offsetMs;
  for (let round = 0; !signal.aborted; round++)
    for (const { atMs, at, url } of asked) {
      const wait = from + round * WATCHED_MS + atMs - Date.now();
      if (wait < -1_000) continue;
      await sleep(Math.max(0, wait), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const target = new URL(url);
      const query = target.searchParams;
      // As the page would ask now.
      if (query.has('from')) query.set('from', moved(query.get('from'), at));
      await fetch(target, { headers: { 'cache-control': 'max-age=1' }, signal }).then(
        (answer) => answer.arrayBuffer(),
        () => undefined,
      );
    }
}

/** As far back from now as it was from then, in the steps in which pages ask. */
function moved(iso, then) {
  return new Date(Math.floor((Date.now() - (then - Date.parse(iso))) / 10_000) * 10_000).toISOString();
}

async function load(rate, signal) {
  while (!signal.aborted) {
    void demo.ask('POST', '/v1/functions/ping/invocations', { data: {} }).catch(() => undefined);
    await sleep(1_000 / rate);
  }
}

function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS;
}

async function commands() {
  const { hostname, port } = new URL(demo.redis.url);
  const text = await new Promise((done, fail) => {
    const socket = createConnection(Number(port), hostname, () => socket.write('INFO stats\r\n'));
    let said = '';
    socket.on('data', (chunk) => {
      said += chunk;
      if (said.includes('total_commands_processed') && said.endsWith('\r\n')) socket.end(() => done(said));
    });
    socket.on('error', fail);
  });
  return Number(/total_commands_processed:(\d+)/.exec(text)[1]);
}
