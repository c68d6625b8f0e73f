/** Where and with what it was measured. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { bringRedis } from '../scripts/redis.mjs';

const PACKAGES = ['bullmq', 'ioredis', 'fastify', '@nestjs/core'];
const GB = 1024 ** 3;

export async function describeMachine() {
  const redis = execFileSync(await bringRedis(), ['--version'], { encoding: 'utf8', timeout: 10_000 });
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / GB)} GB, ${type()} ${release()}`,
    cores: availableParallelism(),
    // Above the number of cores others were at work as well.
    loadBefore: Number(loadavg()[0].toFixed(2)),
    node: process.version,
    redis: /v=(\S+)/.exec(redis)?.[1] ?? 'unknown',
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
}

/** Read from the file, as not every package exports its package.json. */
function versionOf(name) {
  const folders = createRequire(import.meta.url).resolve.paths(name);
  for (const folder of folders ?? []) {
    try {
      return JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')).version;
    } catch {
      continue;
    }
  }
  return 'none';
}
