/** A name server: answers questions for A and AAAA records over UDP as it is told to, or stays silent (RFC 1035). */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { atEnd } from './at-end';
import { until } from './until';

/** What a name leads to: IPv4 and IPv6 addresses, none when it is unknown, or no answer at all. */
export type Zone = (name: string) => string[] | 'silent';

const TYPE_A = 1;
const HEADER_BYTES = 12;
const NXDOMAIN = 3;
const LIMIT_MS = 30_000;

export class NameServer {
  /** Every name that was asked for, once for each record type. */
  readonly asked: string[] = [];
  address = '';

  constructor(
    private readonly socket: Socket,
    private readonly zone: Zone,
  ) {}

  /** Resolves when a name that ends so has been asked for. */
  async isAsked(end: string): Promise<void> {
    await until(`${end} is asked for`, () => this.asked.some((name) => name.endsWith(end)), LIMIT_MS);
  }

  hear(message: Buffer, port: number, host: string): void {
    const { name, type, end } = question(message);
    this.asked.push(name);
    const found = this.zone(name);
    if (found === 'silent') return;
    const fitting = found.filter((address) => isIPv4(address) === (type === TYPE_A));
    const head = Buffer.from(message.subarray(0, end));
    head.writeUInt16BE(0x8180 | (found.length === 0 ? NXDOMAIN : 0), 2);
    for (const [offset, count] of [[4, 1], [6, fitting.length], [8, 0], [10, 0]]) head.writeUInt16BE(count, offset); // prettier-ignore
    this.socket.send(Buffer.concat([head, ...fitting.map((address) => record(type, address))]), port, host);
  }
}

export async function startNameServer(zone: Zone): Promise<NameServer> {
  const socket = createSocket('udp4');
  const server = new NameServer(socket, zone);
  socket.on('message', (message, { port, address }) => server.hear(message, port, address));
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  server.address = `127.0.0.1:${socket.address().port}`;
  atEnd(() => void socket.close());
  return server;
}

function question(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = message[at]; length > 0; length = message[at]) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

/** Points back to the name of the question; valid for no time at all. */
function record(type: number, address: string): Buffer {
  const data = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
  const head = Buffer.from([0xc0, HEADER_BYTES, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length]);
  return Buffer.concat([head, data]);
}

function ipv6Bytes(address: string): Buffer {
  const [front, back = ''] = address.split('::');
  const groups = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
  const [first, last] = [groups(front), groups(back)];
  const zeros = Array<number>(8 - first.length - last.length).fill(0);
  const bytes = Buffer.alloc(16);
  [...first, ...zeros, ...last].forEach((group, i) => bytes.writeUInt16BE(group, 2 * i));
  return bytes;
}
