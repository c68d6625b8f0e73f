/** A Prometheus of Debian's, as a process on a port of loopback, with data of its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port';
import { LoggedProcess } from './logged-process';
import { scratchDir } from './scratch';

const READY_LIMIT_MS = 30_000;

export interface PrometheusOptions {
  /** Addresses (`127.0.0.1:3000`) by job; each is scraped every second. */
  targets: Record<string, string[]>;
  /** A file of rules, evaluated every second. */
  rules: string;
}

export interface FiringAlert {
  name: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface Series {
  labels: Record<string, string>;
  value: number;
}

export async function startPrometheus({ targets, rules }: PrometheusOptions): Promise<Prometheus> {
  const folder = scratchDir('prometheus');
  const jobs = Object.entries(targets).map(([job_name, addresses]) => ({
    job_name,
    static_configs: [{ targets: addresses }],
  }));
  const timing = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' };
  writeFileSync(join(folder, 'invoq.rules.yml'), rules);
  // JSON is YAML.
  const config = { global: timing, rule_files: ['invoq.rules.yml'], scrape_configs: jobs };
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const port = await freePort();
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = new LoggedProcess('prometheus', 'prometheus', args, { PATH: process.env.PATH });
  const ready = (line: string): true | undefined => (line.includes('ready to receive web requests') ? true : undefined);
  await child.waitForLine('it is ready', ready, READY_LIMIT_MS);
  return new Prometheus(`http://127.0.0.1:${port}`);
}

export class Prometheus {
  constructor(readonly url: string) {}

  /** The series of an instant query. Rejects with what Prometheus says of an expression that it does not take. */
  async query(expr: string): Promise<Series[]> {
    const { result } = await this.#get<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
      `query?query=${encodeURIComponent(expr)}`,
    );
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** Alerts whose `for` is over. */
  async firing(): Promise<FiringAlert[]> {
    const { alerts } = await this.#get<{ alerts: (Omit<FiringAlert, 'name'> & { state: string })[] }>('alerts');
    return alerts
      .filter(({ state }) => state === 'firing')
      .map(({ labels: { alertname, ...labels }, annotations }) => ({ name: alertname, labels, annotations }));
  }

  /** Of each rule what its last evaluation said; `unknown` before the first one. */
  async health(): Promise<Record<string, string>> {
    const { groups } = await this.#get<{ groups: { rules: { name: string; health: string; lastError?: string }[] }[] }>(
      'rules',
    );
    const rules = groups.flatMap((group) => group.rules);
    return Object.fromEntries(rules.map(({ name, health, lastError }) => [name, lastError ?? health]));
  }

  async #get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${path}`);
    const { data, error } = (await response.json()) as { data: T; error?: string };
    if (error !== undefined) throw new Error(`${path}: ${error}`);
    return data;
  }
}
