/** The load generator for everything that speaks HTTP: wrk with one thread, started for each slice. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answering, settings } from '../answering.mjs';
import { ANSWER_LIMIT_S, LATE_S, LEAST_CALLS, MAX_REQUESTS } from './limits.mjs';
import { rawRequest, sampleFrom } from './wrk-text.mjs';

const SCRIPT = join(import.meta.dirname, 'wrk.lua');
const dir = mkdtempSync(join(tmpdir(), 'invoq-bench-wrk-'));
const requestsFile = join(dir, 'requests');
/** Until wrk has started, ms. */
const START_MS = 500;
let running;
process.on('exit', () => {
  running?.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

answering(true, async ({ url, requests, callers, seconds, calls = MAX_REQUESTS, expect, status }) => {
  writeFileSync(requestsFile, requests.map((each) => rawRequest(url, each)).join('\0'));
  // wrk takes whole seconds, and ends sooner at SIGINT: the length it is given is a net.
  const longestS = Math.ceil(seconds + LATE_S + ANSWER_LIMIT_S);
  const wrk = ['-t1', `-c${callers}`, `-d${longestS}s`, `--timeout=${ANSWER_LIMIT_S}s`, '-s', SCRIPT, url, '--'];
  const slice = [requestsFile, expect, status, seconds, calls, LEAST_CALLS, LATE_S, ANSWER_LIMIT_S * 1_000];
  return sampleFrom(await run([...wrk, ...slice].map(String), seconds));
});

/** Ends wrk when all callers have heard, or have waited for as long as they may. @returns what it printed */
function run(args, seconds) {
  return new Promise((done, fail) => {
    const child = spawn(settings.program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    running = child;
    let printed = '';
    let said = '';
    const endAfter = (ms) => setTimeout(() => child.kill('SIGINT'), ms);
    // For the case that no caller hears any more, and so nothing is said of the end.
    const stuck = endAfter((seconds + ANSWER_LIMIT_S) * 1_000 + START_MS);
    let late;
    child.stdout.setEncoding('utf8').on('data', (text) => (printed += text));
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
      if (said.includes('few')) clearTimeout(stuck);
      if (said.includes('over')) late ??= endAfter(ANSWER_LIMIT_S * 1_000);
      if (said.includes('heard')) child.kill('SIGINT');
    });
    child.on('error', fail);
    child.on('close', (code, signal) => {
      for (const timer of [stuck, late]) clearTimeout(timer);
      if (code === 0) done(printed);
      else fail(new Error(`wrk ended with ${signal ?? code}: ${said.trim()}`));
    });
  });
}
