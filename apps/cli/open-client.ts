/** Opens the client. A file of its own, so that the client is loaded by commands that need it. */
import { createClient, type InvoqClient } from '@invoq/client/index';
import { connectionOf, type ConnectionOptions } from './connection';

/** A person waits: a failure is reported after a few seconds. Reads are tried three times as often. */
const BRISK = { attempts: 2, maxDelayMs: 1_000 };

/** `patient`: for what goes on by itself, such as a batch or a long wait: an API that restarts is waited for. */
export function openClient(options: ConnectionOptions, patient: boolean): InvoqClient {
  return createClient({ ...connectionOf(options), ...(patient ? {} : { retry: BRISK }) });
}
