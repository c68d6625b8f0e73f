/** pg-boss, a queue in PostgreSQL: Fastify in front, a worker in another process. */
import { join } from 'node:path';
import { installBenchRivals } from '../../scripts/install.mjs';
import { frontRequests } from './front-requests.mjs';
import { startPostgres } from './postgres-server.mjs';

export const pgboss = {
  name: 'pg-boss',
  label: 'Fastify + pg-boss',
  what: 'Fastify + pg-boss on PostgreSQL (synchronous_commit off), NOTIFY of our own in place of its polling; no isolation',
  isBrought: true,

  async start(house) {
    await installBenchRivals();
    const postgres = await startPostgres(house);
    const here = (file) => join(import.meta.dirname, file);
    const settings = { url: postgres.url };
    const worker = await house.processes.peer('pgboss-worker', here('pgboss-worker.mjs'), settings);
    const api = await house.processes.peer('pgboss-api', here('pgboss-api.mjs'), settings);
    return {
      pids: { api: api.pid, worker: worker.pid, postgres: postgres.pid },
      http: frontRequests(`http://127.0.0.1:${api.ready.port}`),
      atRest: async () => (await worker.ask('open', 10_000)) === 0,
    };
  },
};
