/** `invoq schedules get|next|pause|resume|delete <id>`. */
import { shown } from '../output/shown';
import type { Use } from '../use';

export async function run(use: Use): Promise<void> {
  const { args, out, signal, command } = use;
  const [id] = args;
  const { schedules } = await use.client();
  const doing: Record<string, () => Promise<unknown>> = {
    get: () => schedules.get(id, { signal }),
    next: async () => ({ runs: await schedules.next(id, 5, { signal }) }),
    pause: () => schedules.pause(id, { signal }),
    resume: () => schedules.resume(id, { signal }),
    delete: async () => {
      await schedules.delete(id, { signal });
      return { id, deleted: true };
    },
  };
  const came = await doing[command.name()]();
  out.answer(came, () => {
    if (command.name() === 'next') return (came as { runs: string[] }).runs.join('\n');
    return shown(JSON.stringify(came, null, 2));
  });
}
