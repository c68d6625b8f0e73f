/** The API, and what it knows of workers and functions. */
import { connect } from 'node:net';
import type { InvoqClient, ListedFunction, WorkerView } from '@invoq/client/index';
import { InvoqError } from '@invoq/client/index';
import type { Connection } from '../connection';
import { type Check, fail, ok, warn } from './check';
import { clockCheck } from './clock';

const LIMIT_MS = 5_000;
/** The Date header has whole seconds. */
const DATE_EXACT_MS = 1_000;

export async function apiChecks({ url }: Connection, client: InvoqClient): Promise<Check[]> {
  const before = Date.now();
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(`${url.replace(/(?<!\/)\/+$/, '')}/readyz`, { signal: AbortSignal.timeout(LIMIT_MS) });
    text = await answer.text();
  } catch (error) {
    return [await unreached(url, error as Error)];
  }
  const reached = readiness(url, answer.status, text);
  if (reached.state === 'fail') return [reached];
  const date = Date.parse(answer.headers.get('date') ?? '');
  return [
    reached,
    ...(Number.isNaN(date) ? [] : [clockCheck('clock.api', 'the API', date, before, Date.now(), DATE_EXACT_MS)]),
    ...(await asked('workers', () => client.workers.list().then(workerChecks))),
    ...(await asked('functions', () => client.functions.list().then(functionChecks))),
  ];
}

function readiness(url: string, status: number, text: string): Check {
  if (status === 200 && text.includes('"status"')) return ok('api', `${url} is ready`);
  if (status === 503 && text.includes('"status"')) {
    return warn(
      'api',
      `${url} is not ready: ${reasonsIn(text)}`,
      'Mend what it names. It takes calls when it is ready.',
    );
  }
  const next = 'Check the URL: --url, INVOQ_URL or invoq login. Another program has this port, or a proxy is in front.';
  return fail('api', `what answers at ${url} is not an Invoq API (HTTP ${status})`, next);
}

function reasonsIn(text: string): string {
  const reasons = [...text.matchAll(/"reason":"((?:[^"\\]|\\.)*)"/g)].map(
    ([, reason]) => JSON.parse(`"${reason}"`) as string,
  );
  return [...new Set(reasons)].join(' ') || 'it does not say why';
}

/** Is the port free, or does another program have it? */
async function unreached(url: string, error: Error): Promise<Check> {
  const { hostname, port, protocol } = new URL(url);
  const at = Number(port || (protocol === 'https:' ? 443 : 80));
  const isTaken = await new Promise<boolean>((done) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: at });
    socket.setTimeout(LIMIT_MS, () => socket.destroy());
    socket.once('connect', () => socket.end(() => done(true)));
    socket.once('error', () => done(false)).once('close', () => done(false));
  });
  if (isTaken) {
    const next = `Another program may have port ${at}: find it (ss -ltnp 'sport = :${at}'), or set PORT for the API.`;
    return fail('api', `port ${at} of ${hostname} is taken, and what listens there does not speak HTTP in time`, next);
  }
  const { cause, message } = error as Error & { cause?: { code?: string } };
  const next = 'Start it: npm start in a checkout, or npm run api. Elsewhere, name it: --url or INVOQ_URL.';
  return fail('api', `nobody answers at ${url} (${cause?.code ?? message})`, next);
}

/** A key may lack a scope: that check says so, and the others go on. */
async function asked(name: string, ask: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof InvoqError)) throw error;
    const next = 'Use a key with the scope read, for all envs to see everything: invoq login, or INVOQ_KEY.';
    return [warn(name, `not checked: ${error.type}: ${error.message}`, next)];
  }
}

function workerChecks(workers: WorkerView[]): Check[] {
  if (workers.length === 0) return [warn('workers', 'no worker runs: calls wait', 'Start one: npm run worker')];
  const troubled = workers.flatMap(({ id, host, state, reasons = [], differs = [] }) => {
    const who = `${id} on ${host}`;
    const next = 'Give all processes of the fleet the same settings, then restart this worker.';
    return [
      ...(state === 'refusing' ? [fail('workers', `${who} refuses calls: ${reasons.join(' ')}`, next)] : []),
      ...(state === 'drained' ? [warn('workers', `${who} is drained`, `invoq resume worker ${id}`)] : []),
      ...(differs.length > 0 ? [warn('workers', `${who} differs: ${differs.join(' ')}`, next)] : []),
    ];
  });
  const releases = [...new Set(workers.map(({ release }) => release))];
  if (releases.length > 1) {
    troubled.push(warn('workers', `several releases run: ${releases.join(', ')}`, 'Finish the upgrade.'));
  }
  return [ok('workers', `${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}`), ...troubled];
}

function functionChecks(functions: ListedFunction[]): Check[] {
  const troubled = functions.flatMap(({ name, loadProblem, unservedSince }) => {
    if (loadProblem) {
      const { file, line, reason } = loadProblem;
      const where = line === undefined ? file : `${file}:${line}`;
      return [
        fail('functions', `${name} does not load: ${where}: ${reason}`, `Mend ${where}; it is read again when saved.`),
      ];
    }
    if (unservedSince === undefined) return [];
    const next = `Start a worker that has it, or forget it: DELETE /v1/functions/${name}`;
    return [warn('functions', `${name} is served by nobody since ${unservedSince}`, next)];
  });
  if (functions.length === 0)
    return [warn('functions', 'none in this env', 'Set INVOQ_FUNCTIONS of the workers, or another --env.')];
  return [ok('functions', `${functions.length} known`), ...troubled];
}
