/** What a measurement stands on: a folder, the processes, the rivals. All of it is gone when it ends, however it ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say } from '../scripts/trouble.mjs';
import { chooseGenerator } from './load/generator.mjs';
import { Processes } from './processes.mjs';
import { bee } from './rivals/bee.mjs';
import { bullmq } from './rivals/bullmq.mjs';
import { celery } from './rivals/celery.mjs';
import { diy, forked } from './rivals/diy.mjs';
import { hgetall } from './rivals/hgetall.mjs';
import { lab, lab8 } from './rivals/lab.mjs';
import { lambda } from './rivals/lambda.mjs';
import { before, ours } from './rivals/ours.mjs';
import { pgboss } from './rivals/pgboss.mjs';
import { redis } from './rivals/redis.mjs';
import { restate } from './rivals/restate.mjs';

export const RIVALS = [ours, diy, forked, bullmq, bee, pgboss, celery, restate, lambda, lab, lab8, redis, hgetall];

export class House {
  dir = mkdtempSync(join(tmpdir(), 'invoq-bench-'));
  processes = new Processes(this.dir);
  /** Rivals as they were started, by name. */
  rivals = {};
  /** Those that could not be brought to this machine, and why, by name. */
  absent = {};
  /** What makes the HTTP load, the same for all rivals. */
  generator;
  #wanted;

  /**
   * @param {{ profile?: string, against?: string, generator?: string }} options a folder for profiles, another checkout to
   *   compare with, which program makes the load
   */
  constructor({ profile, against, generator }) {
    this.#wanted = generator;
    this.profileDir = profile;
    this.known = against === undefined ? RIVALS : [RIVALS[0], before(against), ...RIVALS.slice(1)];
    process.once('exit', () => rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 }));
  }

  async open(names) {
    this.generator = await chooseGenerator(this.#wanted);
    this.httpLoad = await this.generator.start(this.processes, 'http-load');
    for (const rival of this.known.filter(({ name }) => names.includes(name))) {
      await this.#start(rival);
    }
  }

  /** A rival that has to be brought may not be there for us; then the table says so. Ours and what we stand on must be. */
  async #start(rival) {
    try {
      this.rivals[rival.name] = await rival.start(this);
    } catch (error) {
      if (!rival.isBrought) throw error;
      const [reason] = error.message.split('\n');
      this.absent[rival.name] = reason;
      say(`${rival.name} cannot be measured here: ${error.message}`);
    }
  }

  async close() {
    for (const { redis: server } of Object.values(this.rivals)) server?.client.disconnect();
    await this.processes.end();
  }
}
