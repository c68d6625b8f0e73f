/** Numbers that an app tells of itself at /metrics. */
import type { App } from '../harness/app';

/** The sum of all series of this name whose labels hold all of `labels`; 0 when there is none. */
export async function metric(app: App, name: string, ...labels: string[]): Promise<number> {
  const { text } = await app.http.get('/metrics');
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  const wanted = lines.filter((line) => labels.every((label) => line.includes(label)));
  return wanted.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Timers that keep the process awake. */
export function activeTimers(app: App): Promise<number> {
  return metric(app, 'nodejs_active_resources', 'type="Timeout"');
}
