/** Flags that several commands share, each declared and read in this one place: what calls say, and what lists ask for. */
import type { Command } from 'commander';
import type { InvokeOptions, ListOptions, Status } from '@invoq/client/index';
import { STATUSES } from '@invoq/contract/invocation';
import { length, listOf, time, whole } from './parsers';

const MAX_PRIORITY = 9;

/** Of `invoke`, `submit` and `batch`. */
export interface CallFlags {
  priority?: number;
  tag?: string[];
}

export function withCallFlags(command: Command): Command {
  return command
    .option('--priority <number>', 'how far ahead of others that wait, 0 to 9', whole(0, MAX_PRIORITY))
    .option('--tag <text>', 'note it on the call, to find it again; may be given 10 times', eachOf);
}

export function callOptions({ priority, tag: tags }: CallFlags): Pick<InvokeOptions, 'priority' | 'tags'> {
  return { priority, tags };
}

/** Of a flag that is given several times. */
function eachOf(text: string, before: string[] = []): string[] {
  return [...before, text];
}

/** Of `list` and `find`. */
export interface FilterFlags {
  function?: string;
  status?: Status[];
  since?: string;
  until?: string;
  hasError?: boolean;
  /** ms. */
  minRun?: number;
  parent?: string;
  worker?: string;
  tag?: string;
  newestFailed?: boolean;
}

export function withFilterFlags(command: Command): Command {
  return command
    .option('-f, --function <name>', 'of this function')
    .option('-s, --status <list>', `one or more of ${STATUSES.join(', ')}`, listOf(...STATUSES))
    .option('--since <time>', 'accepted since: a time, or how long ago as 1h', time)
    .option('--until <time>', 'accepted until', time)
    .option('--has-error', 'ended otherwise than succeeded')
    .option('--min-run <length>', 'ran so long or longer, such as 5s', length)
    .option('--parent <requestID>', 'made by the function of this call')
    .option('--worker <id>', 'started last by this worker')
    .option('--tag <text>', 'with this tag')
    .option('--newest-failed', 'what failed for good, the newest failure first; needs --function');
}

export function listOptions(flags: FilterFlags): ListOptions {
  const { function: name, status, since, until, hasError, minRun, parent, worker, tag, newestFailed } = flags;
  return {
    function: name,
    status,
    since,
    until,
    hasError,
    minRunMs: minRun,
    parentID: parent,
    workerID: worker,
    tag,
    order: newestFailed ? 'failed' : undefined,
  };
}
