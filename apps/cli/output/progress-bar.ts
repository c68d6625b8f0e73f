/** How far a batch is, on stderr: a bar in place on a terminal, a line now and then elsewhere. */
import { lengthText } from './lengths';
import type { Paint } from './paint';

const WIDTH = 30;
const TERMINAL_MS = 100;
const ELSEWHERE_MS = 10_000;
const BACK_AND_CLEAR = '\r\u001b[K';

export class ProgressBar {
  private readonly began = Date.now();
  private shownAt = 0;

  constructor(
    private readonly total: number,
    private readonly already: number,
    private readonly paint: Paint,
    private readonly silent: boolean,
    private readonly stream: NodeJS.WriteStream = process.stderr,
  ) {}

  show(done: number, failed: number): void {
    const everyMs = this.stream.isTTY ? TERMINAL_MS : ELSEWHERE_MS;
    const now = Date.now();
    if (this.silent || now - this.shownAt < everyMs) return;
    // Elsewhere nothing is said of what takes a moment only.
    if (!this.stream.isTTY && this.shownAt === 0 && now - this.began < everyMs) return;
    this.shownAt = now;
    this.stream.write(
      this.stream.isTTY ? `${BACK_AND_CLEAR}${this.text(done, failed)}` : `${this.text(done, failed)}\n`,
    );
  }

  /** Takes the bar away. */
  clear(): void {
    if (!this.silent && this.stream.isTTY && this.shownAt > 0) this.stream.write(BACK_AND_CLEAR);
  }

  private text(done: number, failed: number): string {
    const part = Math.min(1, done / this.total);
    const full = Math.round(part * WIDTH);
    const tookMs = Date.now() - this.began;
    const now = done - this.already;
    const left = now > 0 && done < this.total ? `, ${lengthText((tookMs / now) * (this.total - done))} left` : '';
    const bar = `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}`;
    const failures = failed > 0 ? this.paint.bad(`, ${failed} failed`) : '';
    return `${bar} ${Math.floor(part * 100)}%  ${done}/${this.total}${failures}${left}`;
  }
}
