/** Begins to trace, where the settings say so. The SDK is loaded then, and by no other process. */
import type { Logger } from '../log';
import { isTracingOn, type TraceSettings } from './trace-settings';
import type { Tracing } from './tracing';

/** Undefined: traces are off. */
export async function startTracing(app: string, settings: TraceSettings, log: Logger): Promise<Tracing | undefined> {
  if (!isTracingOn(settings)) return undefined;
  const { OtelTracing } = await import('./otel.js');
  return new OtelTracing(app, settings, log);
}
