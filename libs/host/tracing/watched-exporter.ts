/** Says once in the log that spans cannot be delivered, and once that they can again. Calls know nothing of either. */
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../log';

type OnResult = Parameters<SpanExporter['export']>[1];
type Result = Parameters<OnResult>[0];
/** As `ExportResultCode` of the SDK's core has it. */
const DELIVERED = 0 as Result['code'];

export class WatchedExporter implements SpanExporter {
  /** Spans that were lost since the receiver went away; undefined: it is there. */
  private lost: number | undefined;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly log: Pick<Logger, 'warn' | 'info'>,
  ) {}

  export(spans: ReadableSpan[], onResult: OnResult): void {
    this.exporter.export(spans, (result) => {
      if (result.code === DELIVERED) this.delivered();
      else this.failed(spans.length, result.error);
      onResult(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  forceFlush(): Promise<void> {
    return this.exporter.forceFlush?.() ?? Promise.resolve();
  }

  private delivered(): void {
    if (this.lost === undefined) return;
    this.log.info({ event: 'traces are delivered', lost: this.lost }, 'the receiver of traces is back');
    this.lost = undefined;
  }

  private failed(spans: number, error: Error | undefined): void {
    if (this.lost === undefined) {
      const fields = { event: 'traces are lost', error: messageOf(error) };
      this.log.warn(fields, 'the receiver of traces is away: spans are lost until it is back, and calls go on');
    }
    this.lost = (this.lost ?? 0) + spans;
  }
}

/** A refused connection to a name with several addresses has no message of its own. */
function messageOf(error: Error | undefined): string {
  const { message, code } = (error ?? {}) as { message?: string; code?: string | number };
  return message || String(code ?? 'unknown');
}
