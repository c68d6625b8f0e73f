/**
 * What a process does with traces while they are exported. It has a `Tracing` then, and none otherwise: what there is none
 * of costs nothing, and makes no id.
 */
import type { TraceContext, TraceFields } from './trace-context';

export type Attributes = Record<string, string | number | boolean | undefined>;

export interface SpanOptions {
  kind: 'server' | 'client' | 'consumer' | 'producer' | 'internal';
  /** Without one a new trace begins. */
  parent?: TraceContext;
  /** When it began, ms since the epoch; by default now. */
  at?: number;
  attributes?: Attributes;
}

/** Something that takes time. Of a trace that is not sampled nothing is kept, and the context of the parent goes on. */
export interface Span {
  /** For whatever it causes. */
  readonly context: TraceContext;
  /** For the lines of the log about it. */
  readonly fields: TraceFields;
  set(attributes: Attributes): void;
  /** `failure`: why it failed; missing: it did not. `at`: ms since the epoch. */
  end(failure?: string, at?: number): void;
}

export interface Tracing {
  start(name: string, options: SpanOptions): Span;
  /** Delivers what there is, for at most so many ms. Never rejects. */
  close(ms: number): Promise<void>;
}
