/** Endings that no run comes to: the record protocol itself gives them to a call. */
import { ERRORS } from '@invoq/contract/errors';
import type { Ending } from '@invoq/contract/outcome';

export const EXPIRED: Ending = { outcome: 'expired' };
export const LOST: Ending & { outcome: 'lost' } = { outcome: 'lost', message: ERRORS.WORKER_LOST.meaning };
export const CANCELLED_IN_QUEUE: Ending = { outcome: 'cancelled', started: false };
export const CANCELLED_IN_RUN: Ending = { outcome: 'cancelled', started: true };
