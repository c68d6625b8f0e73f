/** Checks what the answer of a sandbox says of why its function failed: see `message-check.ts`. */
import { MAX_THROWN, type Reasons, type ThrownError } from '@invoq/contract/thrown-error';
import { FrameError } from './frames';

/** Of all reasons as JSON: what a control character takes, and the names of the members. */
const MAX_JSON = 8 * MAX_THROWN.total;

/** `said`: the members of an answer's head, of which those that are no reasons are dropped. */
export function checkedReasons(said: Record<string, unknown>): Reasons {
  const reasons = reasonsIn(said, MAX_THROWN.depth + 1);
  if (JSON.stringify(reasons).length > MAX_JSON) throw new FrameError('an error that says too much');
  return reasons;
}

function reasonsIn({ code, details, cause, errors }: Record<string, unknown>, depth: number): Reasons {
  const reasons: Reasons = {};
  if (code !== undefined) reasons.code = checkedCode(code);
  if (details !== undefined) reasons.details = checkedDetails(details);
  if (cause !== undefined) reasons.cause = checkedError(cause, depth);
  if (errors !== undefined) {
    if (!Array.isArray(errors) || errors.length > MAX_THROWN.errors)
      throw new FrameError('errors that are no short list');
    reasons.errors = errors.map((error) => checkedError(error, depth));
  }
  return reasons;
}

function checkedError(error: unknown, depth: number): ThrownError {
  if (depth === 0) throw new FrameError('causes that are nested too deep');
  const said = objectIn(error, 'a cause that is no error');
  const { message, name } = said;
  if (typeof message !== 'string') throw new FrameError('a cause without a message');
  if (name !== undefined && typeof name !== 'string') throw new FrameError('a cause with a name that is no text');
  return { message, ...(name === undefined ? {} : { name }), ...reasonsIn(said, depth - 1) };
}

function checkedCode(code: unknown): string | number {
  if (typeof code === 'number' || (typeof code === 'string' && code.length <= 2 * MAX_THROWN.code)) return code;
  throw new FrameError('a code that is no short text or number');
}

function checkedDetails(details: unknown): Record<string, unknown> {
  const fields = objectIn(details, 'details that are no object');
  mustBeFlat(fields, MAX_THROWN.detailDepth + 1);
  return fields;
}

function mustBeFlat(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth === 0) throw new FrameError('details that are nested too deep');
  if (Object.hasOwn(value, '__proto__')) throw new FrameError('details with a prototype');
  for (const member of Object.values(value)) mustBeFlat(member, depth - 1);
}

function objectIn(value: unknown, fault: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new FrameError(fault);
  return value as Record<string, unknown>;
}
