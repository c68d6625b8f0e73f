/** Every curve, in the order of docs/performance.md. */
import { apis, callers, depth, functions, payload, workers } from './curves/load-curves.mjs';
import { records, waiters } from './curves/memory-curves.mjs';

export const CURVES = [callers, payload, apis, workers, depth, functions, waiters, records];
