/** process.env, made anew for each call: what one call sets is gone in the next. */
import { MARK_VARIABLE } from '../messages';

/** What the process was born with: PATH and its like, and the mark of the sandbox. Nothing of the worker's. */
const born: Record<string, string | undefined> = { ...process.env };

export function setEnvironment(variables: Record<string, string>): void {
  const wanted: Record<string, string | undefined> = { ...variables, ...mark() };
  for (const name of Object.keys(process.env)) {
    if (wanted[name] === undefined && born[name] === undefined) delete process.env[name];
  }
  for (const name of Object.keys(born)) put(name, wanted[name] ?? born[name]);
  for (const name of Object.keys(wanted)) put(name, wanted[name]);
}

/** Setting TZ resets V8's time zone, so nothing is set that stands already. */
function put(name: string, value: string | undefined): void {
  if (value !== undefined && process.env[name] !== value) process.env[name] = value;
}

function mark(): Record<string, string | undefined> {
  return { [MARK_VARIABLE]: born[MARK_VARIABLE] };
}
