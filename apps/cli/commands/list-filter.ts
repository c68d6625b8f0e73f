/** The filters that `list` and `find` share. */
import type { ListOptions, Status } from '@invoq/client/index';

export interface FilterOptions {
  function?: string;
  status?: Status[];
  since?: string;
  until?: string;
}

export function filterOf(options: FilterOptions): ListOptions {
  const { function: name, status, since, until } = options;
  return { function: name, status, since, until };
}
