/**
 * Where an API process is notified that an invocation ended: one subscription for the whole process, whatever the number of
 * callers. Pub/sub may lose a message; it is only a wake-up, and the record is what counts.
 */
import type { Redis } from 'ioredis';
import type { Outcome } from '@invoq/contract/outcome';

export interface Announcement {
  requestID: string;
  /** Both are missing when the envelope was too large to ride along, or when it has not ended: read the record. */
  outcome?: Outcome;
  envelope?: string;
}

export interface OutcomeListener {
  onOutcome(announcement: Announcement): void;
  /** The subscription stands (again): whatever ended in between was not announced. */
  onConnected(): void;
}

const PING_MS = 5_000;
/** Stands before each of several in one message; `end.lua` has the same. */
const NEXT_ANNOUNCEMENT = '\x1e';

export class OutcomeChannel {
  private pinging: NodeJS.Timeout | undefined;

  /** `subscriber`: a connection of its own; a subscribed one can do nothing else. */
  constructor(
    private readonly subscriber: Redis,
    readonly name: string,
  ) {}

  async open(...listeners: OutcomeListener[]): Promise<void> {
    const announce = (one: string): void => {
      const announcement = parse(one);
      for (const listener of listeners) listener.onOutcome(announcement);
    };
    this.subscriber.on('message', (_channel: string, message: string) => {
      if (!message.startsWith(NEXT_ANNOUNCEMENT)) return announce(message);
      for (const one of message.split(NEXT_ANNOUNCEMENT)) if (one !== '') announce(one);
    });
    const onConnected = (): void => listeners.forEach((listener) => listener.onConnected());
    // ioredis subscribes again by itself after a reconnect; 'ready' comes after that.
    this.subscriber.on('ready', onConnected);
    await this.subscriber.subscribe(this.name);
    onConnected();
    // Nothing is said on a quiet channel, so a silent network is only noticed when there is something to be answered.
    this.pinging = setInterval(() => void this.subscriber.ping().catch(() => undefined), PING_MS).unref();
  }

  close(): void {
    clearInterval(this.pinging);
    this.subscriber.disconnect();
  }
}

/** As `end.lua` and `wake.lua` write it: the id, then perhaps the outcome and the envelope. */
function parse(message: string): Announcement {
  const afterId = message.indexOf(' ');
  if (afterId < 0) return { requestID: message };
  const afterOutcome = message.indexOf(' ', afterId + 1);
  return {
    requestID: message.slice(0, afterId),
    outcome: message.slice(afterId + 1, afterOutcome) as Outcome,
    envelope: message.slice(afterOutcome + 1),
  };
}
