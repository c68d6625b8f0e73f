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
  parent?: string;
  worker?: string;
  newestFailed?: boolean;
}

export function filterOf(options: FilterOptions): ListOptions {
  const { function: name, status, since, until, hasError, minRun, parent, worker, newestFailed } = options;
  return {
    function: name,
    status,
    since,
    until,
    hasError,
    minRunMs: minRun,
    parentID: parent,
    workerID: worker,
    order: newestFailed ? 'failed' : undefined,
  };
}
