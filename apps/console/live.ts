/** What the pages ask again and again. Nothing is asked while the page is hidden: TanStack Query looks at that itself. */
import { useQuery } from '@tanstack/react-query';
import { client } from './session';

/** ms between two questions of one page. */
export const EVERY = { fleet: 3_000, calls: 3_000, functions: 10_000, schedules: 10_000, stats: 10_000 } as const;

export const useQueues = () =>
  useQuery({
    queryKey: ['queues'],
    queryFn: ({ signal }) => client.queues.list({ signal }),
    refetchInterval: EVERY.fleet,
  });

export const useWorkers = () =>
  useQuery({
    queryKey: ['workers'],
    queryFn: ({ signal }) => client.workers.list({ signal }),
    refetchInterval: EVERY.fleet,
  });

export const useFunctions = () =>
  useQuery({
    queryKey: ['functions'],
    queryFn: ({ signal }) => client.functions.list({ signal }),
    refetchInterval: EVERY.functions,
  });

export const useSummary = () =>
  useQuery({
    queryKey: ['summary'],
    queryFn: ({ signal }) => client.summary({ signal }),
    refetchInterval: EVERY.functions,
  });
