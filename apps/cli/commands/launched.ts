/** A command that a launcher runs before it loads this program: started without one, it cannot be done. */
import { UsageError } from '../faults';
import type { Use } from '../use';

export async function run({ command }: Use): Promise<void> {
  const name = command.name();
  throw new UsageError(
    `invoq ${name} is started by the launcher.`,
    `In a checkout: node_modules/.bin/invoq ${name}. In the image: invoq ${name} (start and install are for checkouts).`,
  );
}
