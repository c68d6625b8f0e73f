/** Where a worker learns which of its runs to cancel. A lost message is made up for by the next renewal of the lease. */
import type { Redis } from 'ioredis';

export class CancelChannel {
  /** `subscriber`: a connection of its own; a subscribed one can do nothing else. */
  constructor(
    private readonly subscriber: Redis,
    private readonly name: string,
  ) {}

  async open(onCancel: (requestID: string) => void): Promise<void> {
    this.subscriber.on('message', (_channel: string, requestID: string) => onCancel(requestID));
    await this.subscriber.subscribe(this.name);
  }

  close(): void {
    this.subscriber.disconnect();
  }
}
