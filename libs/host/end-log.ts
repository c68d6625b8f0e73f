/** A line of the log for each call that ends without a worker: it expired, or its worker is lost. Workers write the others. */
import type { Invocation } from '@invoq/contract/invocation';
import { type Logger, plain } from './log';
import { traceFields, traceOfText } from './tracing/trace-context';

/** What is read of a record. */
interface EndedRecord {
  queue: string;
  lane: string;
  /** An `Invocation`. */
  json: string;
}

export class EndLog {
  private readonly lines: Logger;

  constructor(
    log: Logger,
    private readonly records: {
      read(requestID: string): Promise<EndedRecord | undefined>;
      trace(requestID: string): Promise<string>;
    },
    private readonly onError: (error: unknown) => void,
  ) {
    this.lines = plain(log);
  }

  /** Nobody waits for it. */
  readonly ended = (requestID: string): void => void this.write(requestID).catch(this.onError);

  private async write(requestID: string): Promise<void> {
    const [record, trace] = await Promise.all([this.records.read(requestID), this.records.trace(requestID)]);
    if (record === undefined) return;
    const { queue, lane } = record;
    const ended = JSON.parse(record.json) as Invocation;
    this.lines.info(
      {
        requestID,
        function: ended.function,
        env: ended.env,
        queue,
        lane,
        attempt: ended.attempt,
        outcome: ended.status,
        queueMs: ended.queueMs,
        runMs: ended.runMs,
        errorType: ended.error?.type,
        error: ended.error?.message,
        keyID: ended.keyID,
        worker: ended.workerID,
        ...traceFields(traceOfText(trace)),
      },
      'ended',
    );
  }
}
