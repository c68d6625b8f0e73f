/** Functions that write down each of their starts in a file, so that a test can see what ran whatever was answered. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';

export class KeptStarts {
  private readonly file = join(scratchDir('starts'), 'starts');

  /** The source of such a function. */
  get source(): string {
    const file = JSON.stringify(this.file);
    return `exports.main = () => { require('node:fs').appendFileSync(${file}, 'start\\n'); return 'ran'; };`;
  }

  get count(): number {
    return existsSync(this.file) ? readFileSync(this.file, 'utf8').split('\n').length - 1 : 0;
  }
}

/** Requests that would run something, keep something or change something, each by the door that takes it. */
export const DOINGS: { method: string; path: string; body?: unknown; type?: string }[] = [
  { method: 'POST', path: '/v1/functions/marks/invocations', body: {} },
  { method: 'POST', path: '/v1/functions/marks/invocations', body: { sync: false } },
  { method: 'POST', path: '/v1/functions/marks/invocations/batch', body: { items: [{}] } },
  { method: 'POST', path: '/v1/functions/marks' },
  { method: 'POST', path: '/v1/functions/marks', body: {} },
  { method: 'POST', path: '/admin', body: { action: 'functions.invokeFunction', function_name: 'marks' } },
  { method: 'POST', path: '/web', body: { action: 'functions.invokeFunction', function_name: 'marks' } },
  { method: 'POST', path: '/hserve/v1/cloud-function/job/', body: { function_name: 'marks' } },
  { method: 'POST', path: '/oserve/v1/cloud-function/job/', body: { function_name: 'marks' } },
  { method: 'POST', path: '/oserve/v1.3/cloud-function/marks/job/', body: {} },
  { method: 'POST', path: '/oserve/v1.3/cloud-function/marks/debug/', body: {} },
  { method: 'POST', path: '/v1/schedules/nightly/pause' },
  { method: 'POST', path: '/v1/schedules/nightly/resume' },
  { method: 'PUT', path: '/v1/schedules/other', body: { function: 'marks', cron: '* * * * *' } },
  { method: 'DELETE', path: '/v1/schedules/nightly' },
  { method: 'POST', path: '/v1/blobs', body: 'kept', type: 'text/plain' },
  { method: 'POST', path: '/v1/functions/marks/dead-letters/replay', body: {} },
  { method: 'DELETE', path: '/v1/functions/marks/dead-letters' },
];

export const READINGS = [
  '/v1/functions',
  '/v1/invocations',
  '/v1/schedules',
  '/oserve/v1.3/cloud-function/marks/job/',
  '/metrics',
  '/docs',
  '/docs-json',
  '/nothing-here',
];
