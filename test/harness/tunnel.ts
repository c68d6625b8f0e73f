/** A TCP tunnel to a server, for tests that take the network away: it can fall silent, hold back one side, or break. */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { atEnd } from './at-end';

/** `silent`: nothing passes and nobody is told, as behind a firewall that drops. `mute`: requests pass, answers do not. */
export type TunnelState = 'open' | 'silent' | 'mute';

export class Tunnel {
  private readonly pairs = new Set<[client: Socket, server: Socket]>();
  private state: TunnelState = 'open';

  private constructor(
    private readonly listener: Server,
    private readonly target: number,
  ) {
    listener.on('connection', (client) => this.join(client));
  }

  /** To a port on loopback. It is closed with the suite. */
  static async to(port: number): Promise<Tunnel> {
    const listener = createServer({ pauseOnConnect: true });
    const tunnel = new Tunnel(listener, port);
    await new Promise<void>((done, fail) => {
      listener.once('error', fail);
      listener.listen(0, '127.0.0.1', done);
    });
    atEnd(() => tunnel.close());
    return tunnel;
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  get redisUrl(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** From now on, for connections that stand and for new ones. What was held back passes when it is opened again. */
  become(state: TunnelState): void {
    this.state = state;
    for (const pair of this.pairs) this.apply(pair);
  }

  /** Resets every connection; new ones may come at once. */
  breakAll(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.breakAll();
    await new Promise<void>((done) => this.listener.close(() => done()));
  }

  private join(client: Socket): void {
    const server = connect({ port: this.target, host: '127.0.0.1' });
    const pair: [Socket, Socket] = [client, server];
    this.pairs.add(pair);
    for (const [from, to] of [pair, [server, client]]) {
      from.setNoDelay(true);
      from.on('data', (chunk) => {
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => this.apply(pair));
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.pairs.delete(pair);
        to.destroy();
      });
    }
    this.apply(pair);
  }

  private apply([client, server]: [Socket, Socket]): void {
    if (this.state === 'silent') client.pause();
    else client.resume();
    if (this.state === 'open') server.resume();
    else server.pause();
  }
}
