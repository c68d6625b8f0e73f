/** `invoq logs`: what a function printed, to now or to the end. */
import type { LogLine } from '@invoq/client/index';
import { WaitOver } from '../faults';
import type { Output } from '../output/output';
import { shown } from '../output/shown';
import type { Use } from '../use';

interface Options {
  follow?: boolean;
  for: number;
}

export async function run(use: Use<Options>): Promise<void> {
  const { args, options, out, signal } = use;
  const [requestID] = args;
  const invoq = await use.client({ patient: options.follow === true });
  if (!options.follow) {
    for (const line of await invoq.logs(requestID, { signal })) printLine(out, line);
    return;
  }
  const over = AbortSignal.timeout(options.for);
  try {
    for await (const event of invoq.follow(requestID, { signal: AbortSignal.any([signal, over]) })) {
      if (event.kind === 'log') printLine(out, event.line);
      else if (event.kind === 'status') out.note(out.paint.dim(`-- ${event.status}, attempt ${event.attempt}`));
    }
  } catch (error) {
    if (!over.aborted || signal.aborted) throw error;
    throw new WaitOver(`${requestID} has not ended yet.`, `Go on: invoq logs -f ${requestID} --for 6h`);
  }
}

function printLine({ json, paint, line: write }: Output, line: LogLine): void {
  if (json) return void process.stdout.write(`${JSON.stringify(line)}\n`);
  const text = shown(line.text);
  const colour = line.level === 'error' ? paint.bad : line.level === 'warn' ? paint.warn : (same: string) => same;
  write(`${paint.dim(line.time.slice(11, 23))} ${colour(text)}`);
}
