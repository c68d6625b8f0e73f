/** `invoq pause|resume queue|function <name>`, and `invoq resume worker <id>`. */
import type { Use } from '../use';

export async function run(use: Use<{ reason?: string }>): Promise<void> {
  const { args, out, signal, command } = use;
  const [name] = args;
  const { reason } = use.options;
  const invoq = await use.client();
  const action = command.parent!.name() as 'pause' | 'resume';
  const kind = command.name() as 'queue' | 'function' | 'worker';
  const doing = {
    queue: () => invoq.queues[action](name, { reason, signal }),
    function: () => invoq.functions[action](name, { reason, signal }),
    worker: () => invoq.workers.resume(name, { reason, signal }),
  };
  const came = await doing[kind]();
  out.answer(came, () => `The ${kind} ${name} ${action === 'pause' ? 'is paused' : 'takes calls again'}.`);
}
