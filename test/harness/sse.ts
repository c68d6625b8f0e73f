/** A reader of server-sent events for tests: keeps all that it was told, and where it stands. */
import { request } from 'node:http';
import { atEnd } from './at-end';
import { until } from './until';

export interface ReportedAnswer {
  id: string;
  event: string;
  /** The parsed JSON. */
  data: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- the test says what it expects to see
}

export class EventReader {
  readonly events: ReportedAnswer[] = [];
  comments = 0;
  status = 0;
  headers: Record<string, unknown> = {};
  /** There is nothing more to come: it was ended, or it broke. */
  isOver = false;
  private text = '';
  private readonly outgoing: ReturnType<typeof request>;

  constructor(url: string, headers: Record<string, string> = {}) {
    this.outgoing = request(url, { headers, agent: false }, (incoming) => {
      this.status = incoming.statusCode ?? 0;
      this.headers = incoming.headers;
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => this.read(chunk));
      incoming.once('error', () => undefined);
      incoming.once('close', () => (this.isOver = true));
    });
    this.outgoing.once('error', () => (this.isOver = true));
    this.outgoing.end();
    atEnd(() => this.close());
  }

  get lastID(): string {
    return this.events.at(-1)?.id ?? '';
  }

  /** Data of all events of this name. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the test says what it expects to see
  of(event: string): any[] {
    return this.events.filter((answer) => answer.event === event).map(({ data }) => data as unknown);
  }

  /** The text of each log line. */
  get logs(): string[] {
    return this.of('log').map(({ text }: { text: string }) => text);
  }

  /** As `status attempt`. */
  get statuses(): string[] {
    return this.of('status').map(({ status, attempt }: { status: string; attempt: number }) => `${status} ${attempt}`);
  }

  ended(limitMs = 60_000): Promise<ReportedAnswer> {
    return until('the end event', () => this.events.find(({ event }) => event === 'end'), limitMs);
  }

  close(): void {
    this.outgoing.destroy();
  }

  private read(chunk: string): void {
    this.text += chunk;
    for (let at = this.text.indexOf('\n\n'); at >= 0; at = this.text.indexOf('\n\n')) {
      const lines = this.text.slice(0, at).split('\n');
      this.text = this.text.slice(at + 2);
      if (lines[0].startsWith(':')) this.comments++;
      const field = (name: string): string[] =>
        lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
      if (field('event').length === 0) continue;
      this.events.push({ id: field('id')[0], event: field('event')[0], data: JSON.parse(field('data').join('\n')) });
    }
  }
}
