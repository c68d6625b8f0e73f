/** An async call that was accepted: its requestID, and what can be asked by it. */
import type { Invocation, Status } from '@invoq/contract/invocation';
import type { ReadOptions, ResultOptions } from './call-options';
import type { LogLine } from './log-lines';

/** What answers by requestID: the client that made the call. */
export interface Asked {
  result<T>(requestID: string, options: ResultOptions): Promise<T>;
  get(requestID: string, options: ReadOptions): Promise<Invocation>;
  logs(requestID: string, options: ReadOptions): Promise<LogLine[]>;
  cancel(requestID: string, options: ReadOptions): Promise<Status>;
}

export class Submission<T = unknown> {
  constructor(
    private readonly client: Asked,
    /** By this any client of the same env can ask, in any process, for as long as the record is kept. */
    readonly requestID: string,
    /** At the moment of acceptance; `get()` tells how it stands now. */
    readonly status: Status,
    private readonly env: string | undefined,
  ) {}

  /** Waits for the end: the function's result, or a rejection as `invoke` would give it. */
  result(options?: ResultOptions): Promise<T> {
    return this.client.result<T>(this.requestID, { env: this.env, ...options });
  }

  get(options?: ReadOptions): Promise<Invocation> {
    return this.client.get(this.requestID, { env: this.env, ...options });
  }

  logs(options?: ReadOptions): Promise<LogLine[]> {
    return this.client.logs(this.requestID, { env: this.env, ...options });
  }

  cancel(options?: ReadOptions): Promise<Status> {
    return this.client.cancel(this.requestID, { env: this.env, ...options });
  }
}
