/** What a run printed, as it is kept with the record: ndjson, a line of JSON for each line. */
import type { Run } from '@invoq/executor/call';

export function logLines({ logs }: Run, attempt: number): string {
  return logs.map((line) => `${JSON.stringify({ attempt, ...line })}\n`).join('');
}
