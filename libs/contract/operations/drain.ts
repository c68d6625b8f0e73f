/** Taking a worker out of service. */
import type { MemberState, WorkerOrder } from '../member';
import type { Reasoned } from './pause';

/** The body of `POST /v1/workers/{id}/drain`. */
export interface DrainRequest extends Reasoned {
  /** Ends the process once what runs has ended. A launcher takes this end as wanted. Default: it stays up, drained. */
  exit?: boolean;
}

/** What stands after `POST /v1/workers/{id}/drain` or `…/resume`. */
export interface WorkerDrain {
  id: string;
  /** Of its last heartbeat. */
  state: MemberState;
  /** What it is to do: `take` calls, `drain`, or `exit` once it is drained. Of two operators the last one decides; `exit` is
   * never taken back. */
  wanted: WorkerOrder;
}
