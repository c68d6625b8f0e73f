/** What callers were told, in a file that is only ever appended to: the side of the story that the platform cannot rewrite. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';

export type Entry =
  | { what: 'sent'; call: number; name: string; key?: string }
  /** The platform has said "accepted": 202, or an end. */
  | { what: 'acked'; call: number; requestID: string }
  /** The very bytes of an end, and the env in which it was asked for. */
  | { what: 'answered'; call: number; requestID: string; status: number; text: string; env?: string }
  | { what: 'refused'; call: number; requestID?: string; status: number; text: string }
  /** Nobody knows: the connection broke. */
  | { what: 'broken'; call: number; message: string };

export class Ledger {
  private readonly path = join(scratchDir('ledger'), 'ledger');
  private calls = 0;

  /** A number for a call that is about to be sent. */
  sent(name: string, key?: string): number {
    const call = ++this.calls;
    this.append({ what: 'sent', call, name, key });
    return call;
  }

  append(entry: Entry): void {
    appendFileSync(this.path, `${JSON.stringify(entry)}\n`);
  }

  read(): Entry[] {
    if (!existsSync(this.path)) return [];
    const lines = readFileSync(this.path, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Entry);
  }

  /** Every requestID that was acknowledged, once. */
  acked(): string[] {
    return [...new Set(this.read().flatMap((entry) => (entry.what === 'acked' ? [entry.requestID] : [])))];
  }
}
