/** Opens the client. A file of its own, so that the client is loaded by commands that need it. */
import { createClient, type InvoqClient } from '@invoq/client/index';
import { connectionOf, type ConnectionOptions } from './connection';

export function openClient(options: ConnectionOptions): InvoqClient {
  return createClient(connectionOf(options));
}
