/** The filters that `list` and `find` share. */
import type { ListOptions, Status } from '@invoq/client/index';

export interface FilterOptions {
  function?: string;
  status?: Status[];
  since?: string;
  until?: string;
  hasError?: boolean;
  /** ms. */
  minRun?: number;
  worker?: string;
  newestFailed?: boolean;
}

export function filterOf(options: FilterOptions): ListOptions {
  const { function: name, status, since, until, hasError, minRun, worker, newestFailed } = options;
  return {
    function: name,
    status,
    since,
    until,
    hasError,
    minRunMs: minRun,
    workerID: worker,
    order: newestFailed ? 'failed' : undefined,
  };
}
