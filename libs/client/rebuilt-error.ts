/** Makes errors of what an answer tells of the causes of an error. */
import type { ThrownError } from '@invoq/contract/thrown-error';

/** Members of an Error that fields of the same name must not replace. */
const OWN = new Set(['__proto__', 'constructor', 'name', 'message', 'stack', 'cause', 'errors', 'code']);

/** With the name, `code`, fields and causes of the original; its stack stayed where it was thrown. */
export function rebuilt({ message, name = 'Error', code, details, cause, errors }: ThrownError): Error {
  const options = cause === undefined ? undefined : { cause: rebuilt(cause) };
  const error =
    errors === undefined ? new Error(message, options) : new AggregateError(errors.map(rebuilt), message, options);
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  Object.defineProperty(error, 'stack', { value: `${name}: ${message}`, configurable: true, writable: true });
  const fields = Object.entries(details ?? {}).filter(([field]) => !OWN.has(field));
  return Object.assign(error, code === undefined ? {} : { code }, Object.fromEntries(fields));
}
