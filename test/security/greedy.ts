/** A stack with two tenants, and sockets that ask for more than they take. */
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { http, type HttpResponse } from '../harness/http';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';
import { writeFunctions } from '../harness/write-functions';

/** Each has an env of its own. */
const TENANTS = ['greedy', 'neighbour'] as const;
type Tenant = (typeof TENANTS)[number];

/** How soon places must be free after a hang-up, ms. */
export const GIVEN_BACK_MS = 2_000;

export interface TwoTenants {
  stack: Stack;
  port: number;
  pid: number;
}

/** One API and one worker; both tenants have these functions. */
export async function startTwoTenants(
  files: Record<string, unknown>,
  env: Record<string, string> = {},
): Promise<TwoTenants> {
  const keys = TENANTS.map((id) => ({ id, secret: secretOf(id), envs: [id], scopes: ['invoke', 'read'] }));
  const file = join(scratchDir('keys'), 'keys.json');
  writeFileSync(file, JSON.stringify({ keys }), { mode: 0o600 });
  const folder = writeFunctions(files);
  const functions = TENANTS.map((id) => `${id}=${folder}`).join(',');
  const stack = await startStack({ functions, env: { INVOQ_KEYS_FILE: file, INVOQ_METRICS: 'open', ...env } });
  const [api] = stack.apis;
  return { stack, port: api.port, pid: api.process.pid };
}

const secretOf = (tenant: Tenant): string => `${tenant}-secret-0123456789`;

export const bearer = (tenant: Tenant): { authorization: string } => ({
  authorization: `Bearer ${tenant}.${secretOf(tenant)}`,
});

export const call = ({ stack }: TwoTenants, tenant: Tenant, name: string, body: object = {}): Promise<HttpResponse> =>
  stack.http.post(`/v1/functions/${name}/invocations`, body, bearer(tenant));

/** An async call of this tenant: its requestID. */
export const submitted = async (
  tenants: TwoTenants,
  tenant: Tenant,
  name: string,
  data: object = {},
): Promise<string> => (await call(tenants, tenant, name, { data, sync: false })).body.requestID as string;

/** The bytes of a GET on a connection that is kept. */
export const get = (path: string, tenant: Tenant = 'greedy'): string =>
  `GET ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${bearer(tenant).authorization}\r\n\r\n`;

/** A connection that has sent these bytes. What is answered is read only if `reads`. */
export class Connection {
  said = '';
  /** That were read by `readSome`. */
  bytes = 0;
  isClosed = false;
  private readonly socket: Socket;

  constructor(port: number, bytes: string, reads = true) {
    this.socket = connect({ port, host: 'localhost' }, () => this.socket.write(bytes, 'latin1'));
    this.socket.on('error', () => undefined);
    this.socket.once('close', () => (this.isClosed = true));
    if (reads) this.socket.setEncoding('latin1').on('data', (text: string) => (this.said += text));
    else this.socket.pause();
  }

  write(bytes: string): void {
    if (this.socket.writable) this.socket.write(bytes, 'latin1');
  }

  hangUp(): void {
    this.socket.destroy();
  }

  /** Reads at most so many bytes in about `ms`; then it pauses again. */
  async readSome(most: number, ms: number): Promise<void> {
    const end = this.bytes + most;
    const onData = (chunk: Buffer): void => {
      this.bytes += chunk.length;
      if (this.bytes >= end) this.socket.pause();
    };
    this.socket.on('data', onData).resume();
    await sleep(ms);
    this.socket.pause().off('data', onData);
  }

  /** The statuses of the answers so far. */
  get statuses(): number[] {
    return [...this.said.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }
}

/** A figure of `/metrics`; `labels`: as they stand there. */
export async function metric({ stack }: TwoTenants, name: string, labels = ''): Promise<number> {
  const { text } = await http(stack.url).get('/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`${name}{`) && each.includes(labels));
  return Number(line?.split(' ').at(-1));
}
