/** What a measurement stands on: a folder, the processes, the rivals. All of it is gone when it ends, however it ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Processes } from './processes.mjs';
import { bullmq } from './rivals/bullmq.mjs';
import { diy } from './rivals/diy.mjs';
import { hgetall } from './rivals/hgetall.mjs';
import { before, ours } from './rivals/ours.mjs';
import { redis } from './rivals/redis.mjs';

export const RIVALS = [ours, bullmq, diy, redis, hgetall];

export class House {
  dir = mkdtempSync(join(tmpdir(), 'invoq-bench-'));
  processes = new Processes(this.dir);
  /** Rivals as they were started, by name. */
  rivals = {};

  /** @param {{ profile?: string, against?: string }} options a folder for profiles, another checkout to compare with */
  constructor({ profile, against }) {
    this.profileDir = profile;
    this.known = against === undefined ? RIVALS : [RIVALS[0], before(against), ...RIVALS.slice(1)];
    process.once('exit', () => rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 }));
  }

  async open(names) {
    this.httpLoad = await this.processes.peer('http-load', join(import.meta.dirname, 'load/http-load.mjs'));
    for (const rival of this.known.filter(({ name }) => names.includes(name))) {
      this.rivals[rival.name] = await rival.start(this);
    }
  }

  async close() {
    for (const { redis: server } of Object.values(this.rivals)) server?.client.disconnect();
    await this.processes.end();
  }
}
