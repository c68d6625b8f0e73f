/** A receiver of callbacks: an HTTP server that writes down what it hears and answers as it is told to. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { atEnd } from './at-end';
import { CERT, KEY } from './certificate';
import { until } from './until';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  /** The very bytes. */
  text: string;
  body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- the test says what it expects to see
  at: number;
}

/** Answers a request that is written down already; `n` counts from 1. */
export type Answer = (response: ServerResponse, received: Received, n: number) => void;

export interface ReceiverOptions {
  /** By default 204 to everything. */
  answer?: Answer;
  /** Address to listen on; 127.0.0.1 by default. */
  host?: string;
  /** With a certificate for localhost that it has signed itself. */
  tls?: boolean;
}

export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const { answer, host = '127.0.0.1', tls = false } = options;
  const receiver = new Receiver(answer ?? ((response) => void response.writeHead(204).end()), tls);
  await receiver.listen(host);
  return receiver;
}

export class Receiver {
  readonly received: Received[] = [];
  url = '';
  port = 0;
  /** Most requests that were under way at one time. */
  atOnce = 0;
  private underWay = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  constructor(
    public answer: Answer,
    private readonly tls: boolean,
  ) {
    const hear = (request: IncomingMessage, response: ServerResponse): void => void this.hear(request, response);
    this.server = tls ? createTlsServer({ cert: CERT, key: KEY }, hear) : createServer(hear);
  }

  async listen(host: string): Promise<void> {
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((done) => this.server.listen(0, host, done));
    this.port = (this.server.address() as AddressInfo).port;
    this.url = `${this.tls ? 'https' : 'http'}://${host}:${this.port}`;
    atEnd(() => this.stop());
  }

  /** What was heard of one invocation. */
  of(requestID: string): Received[] {
    return this.received.filter(({ body }) => body?.data?.requestID === requestID);
  }

  /** The `n`th thing that was heard of it. */
  hears(requestID: string, n = 1, limitMs = 30_000): Promise<Received> {
    return until(`the receiver hears of ${requestID} (${n})`, () => this.of(requestID)[n - 1], limitMs);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }

  private async hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.atOnce = Math.max(this.atOnce, ++this.underWay);
    response.once('close', () => this.underWay--);
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const received = { path: request.url ?? '', headers: request.headers, text, body: parsed(text), at: Date.now() };
    this.received.push(received);
    this.answer(response, received, this.received.length);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
