/** Taking a worker out of service. */
import type { MemberState } from '../member';
import type { Reasoned } from './pause';

/** The body of `POST /v1/workers/{id}/drain`. */
export interface DrainRequest extends Reasoned {
  /** Ends the process when what runs has ended. A launcher takes this end as wanted. Default: it stays up, drained. */
  exit?: boolean;
}

/** What was asked of a worker. It says in its next heartbeat (2 s) that it obeys. */
export interface WorkerDrain {
  id: string;
  /** Of its last heartbeat. */
  state: MemberState;
  /** What it is to do: `take` calls again, `drain`, or `exit` once it is drained. */
  wanted: 'take' | 'drain' | 'exit';
}
