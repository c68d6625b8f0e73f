/** The newest calls, of an env or of one function. */
import type { Invocation } from '@invoq/client/index';
import { Time, useWords } from '../words';
import { CallLink } from './call-link';
import { Status } from './panel';
import { Table } from './table';

interface NewestCallsProps {
  calls: readonly Invocation[];
  /** All are of one function, which need not be named. */
  ofOne?: boolean;
}

export function NewestCalls({ calls, ofOne = false }: NewestCallsProps) {
  const { t, span } = useWords();
  return (
    <Table
      label={t('lastCalls')}
      rows={calls}
      keyOf={({ requestID }) => requestID}
      columns={[
        { head: t('status'), cell: ({ status }) => <Status is={status} /> },
        { head: t('requestIDWord'), cell: ({ requestID }) => <CallLink id={requestID} /> },
        !ofOne && { head: t('function'), cell: (call) => call.function },
        { head: t('accepted'), isMinor: !ofOne, cell: ({ queuedAt }) => <Time at={queuedAt} as="ago" /> },
        { head: t('waited'), isNumber: true, isMinor: true, cell: ({ queueMs }) => span(queueMs) },
        { head: t('ran'), isNumber: true, cell: ({ runMs, attempt }) => (attempt > 0 ? span(runMs) : '–') },
      ]}
    />
  );
}
