/** Apps that join a running stack with settings of their own, and what each says of itself. */
import { type App, listeningApp } from '../harness/app';
import type { Stack } from '../harness/stack';

/** Starts apps beside those of `stack`, and ends them all. */
export class Joining {
  private readonly apps: App[] = [];

  constructor(private readonly stack: () => Stack) {}

  /** Resolves when it listens, which it does whether it takes calls or not. */
  async join(name: 'api' | 'worker', env: Record<string, string>): Promise<App> {
    const app = await listeningApp(name, { ...this.stack().settings(), PORT: '0', WORKER_PORT: '0', ...env });
    this.apps.push(app);
    return app;
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.apps.map((app) => app.stop()));
  }
}

export async function readiness(app: App): Promise<{ status: number; text: string }> {
  const { status, body } = await app.http.get('/readyz');
  return { status, text: JSON.stringify(body) };
}

/** The messages of its log lines with this `event`. */
export function said(app: App, event: string): string[] {
  return app.process
    .entries()
    .filter((entry) => entry.event === event)
    .map(({ msg }) => String(msg));
}
