/** What the load generator sends to a rival that speaks as `front.mjs` does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { say, Trouble } from '../../scripts/trouble.mjs';
import { CALL, SUM } from './add.mjs';

const RECORDS = 256;
const DONE_LIMIT_MS = 20_000;
const OTHERS_LIMIT_MS = 2_000;

/** @param {string} url of the front @param {RegExp} [done] how it tells that a call has succeeded */
export function frontRequests(url, done = /"status":"(completed|succeeded)"/) {
  const post = (sync) => ({
    url,
    requests: [request('/add', { data: CALL, sync })],
    expect: sync ? `"data":${SUM}` : '"status":"queued"',
    status: sync ? 200 : 202,
  });
  return { sync: post(true), accept: post(false), get: () => reads(url, done) };
}

export function request(path, body) {
  return { method: 'POST', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Made anew for each slice: not all rivals keep what is done. */
async function reads(url, done) {
  const ids = [];
  for (let i = 0; i < RECORDS; i++) {
    const response = await fetch(`${url}/add`, request('/add', { data: CALL, sync: false }));
    ids.push((await response.json()).id);
  }
  const expect = await untilDone(`${url}/jobs/${ids.at(-1)}`, done);
  // The last one is done, and so may others be a moment later. One that never is (bee-queue has such) is not read.
  const paths = [];
  for (const end = Date.now() + OTHERS_LIMIT_MS; ids.length > 0 && Date.now() < end; await sleep(20)) {
    for (const id of ids.splice(0)) {
      const path = `/jobs/${id}`;
      if ((await (await fetch(url + path)).text()).includes(expect)) paths.push(path);
      else ids.push(id);
    }
  }
  if (ids.length > 0) say(`${ids.length} of ${RECORDS} jobs were never done: ${url}/jobs/${ids[0]}`);
  return { url, requests: paths.map((path) => ({ method: 'GET', path })), expect, status: 200 };
}

async function untilDone(url, done) {
  for (const end = Date.now() + DONE_LIMIT_MS; Date.now() < end; await sleep(20)) {
    const said = done.exec(await (await fetch(url)).text());
    if (said) return said[0];
  }
  throw new Trouble(`${url} was not done within ${DONE_LIMIT_MS / 1000} s`);
}
