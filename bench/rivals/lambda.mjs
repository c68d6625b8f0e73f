/** serverless-offline's Lambda endpoint: what many use to run functions on a machine of their own. No queue, no record. */
import { join } from 'node:path';
import { installBenchRivals } from '../../scripts/install.mjs';
import { freePort } from '../../scripts/ports.mjs';
import { plainEnvironment } from '../processes.mjs';
import { CALL, SUM } from './add.mjs';
import { request } from './front-requests.mjs';

const BIN = join(import.meta.dirname, 'node_modules/serverless/bin/serverless.js');

export const lambda = {
  name: 'lambda',
  label: 'serverless-offline',
  what: "serverless-offline's Lambda endpoint: worker threads in the server's own process; no queue, no record",
  isBrought: true,

  async start(house) {
    await installBenchRivals();
    const [http, port, sockets] = [await freePort(), await freePort(), await freePort()];
    const ports = ['--httpPort', http, '--lambdaPort', port, '--websocketPort', sockets].map(String);
    const server = await house.processes.start('lambda', process.execPath, [BIN, 'offline', 'start', ...ports], {
      cwd: join(import.meta.dirname, 'lambda'),
      // Neither news nor accounts: it has nobody to ask here.
      env: {
        ...plainEnvironment(),
        HOME: house.dir,
        SLS_TELEMETRY_DISABLED: '1',
        SLS_NOTIFICATIONS_MODE: 'off',
        CI: '1',
      },
      match: (line) => (line.includes('listening on') || line.includes('Server ready') ? true : undefined),
    });
    return {
      pids: { api: server.pid },
      http: {
        sync: {
          url: `http://127.0.0.1:${port}`,
          requests: [request('/2015-03-31/functions/add/invocations', CALL)],
          expect: String(SUM),
          status: 200,
        },
      },
      atRest: async () => true,
    };
  },
};
