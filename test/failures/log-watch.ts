/** Listens to the logs of all processes of a stand: how loud they were, and whether one told of a fault of ours. */
import { entryOf, type LoggedProcess } from '../harness/logged-process';

export class LogWatch {
  private readonly perSecond = new Map<string, number>();
  /** Lines that tell of something nobody handled. */
  readonly faults: string[] = [];

  attach(process: LoggedProcess): void {
    for (const line of process.lines) this.hear(process, line);
    process.onLine((line) => this.hear(process, line));
  }

  /** The most lines that one process wrote in one second; those that tell of an invocation's end come with the load. */
  get loudest(): number {
    return Math.max(0, ...this.perSecond.values());
  }

  private hear(process: LoggedProcess, line: string): void {
    const entry = entryOf(line);
    if (entry?.level === 'info' && entry.msg === 'ended') return;
    const second = `${process.pid}@${Math.floor(Date.now() / 1000)}`;
    this.perSecond.set(second, (this.perSecond.get(second) ?? 0) + 1);
    const text = typeof entry?.msg === 'string' ? entry.msg : line;
    if (/unhandled|uncaught|fault of ours|possible .*leak|deprecat/i.test(text))
      this.faults.push(`${process.name}: ${line}`);
  }
}
