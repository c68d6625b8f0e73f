/** Calls as rows. */
import type { Invocation } from '@invoq/client/index';
import { agoText, lengthText } from '../output/lengths';
import { paintStatus } from '../output/paint';
import type { Column } from '../output/table';

export const INVOCATIONS: Column<Invocation>[] = [
  { head: 'REQUESTID', of: ({ requestID }) => requestID },
  { head: 'FUNCTION', of: (call) => call.function },
  {
    head: 'STATUS',
    of: ({ status }) => status,
    paint: ({ status }, text, paint) => paintStatus(status, text, paint),
  },
  { head: 'AGE', of: ({ queuedAt }) => agoText(queuedAt), right: true },
  { head: 'WAITED', of: ({ queueMs }) => lengthText(queueMs), right: true },
  { head: 'RAN', of: ({ startedAt, runMs }) => (startedAt === undefined ? undefined : lengthText(runMs)), right: true },
  { head: 'ERROR', of: ({ error }) => error?.type },
];
