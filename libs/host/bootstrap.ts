/** How a process begins: help if it is asked for, else its settings and its log, or one clear line for each fault. */
import { tuneEngine } from './engine';
import { changeLevelOnSignal, createLog, type Logger, type LogLevel } from './log';
import {
  asksForHelp,
  describeSettings,
  readSettings,
  type SettingsOf,
  type SettingsTable,
  SettingsError,
} from './read-settings';

/** Why a process does not start: a sentence for the operator, who needs no stack. */
export class StartError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StartError';
  }
}

/** Runs `start` with checked settings. Exits with 0 after `--help`, with 1 and one line a fault when it cannot start. */
export async function bootstrap<Table extends SettingsTable>(
  app: string,
  title: string,
  table: Table,
  start: (settings: SettingsOf<Table>, log: Logger) => Promise<void>,
): Promise<void> {
  if (asksForHelp()) {
    process.stdout.write(describeSettings(title, table));
    return;
  }
  tuneEngine();
  try {
    const settings = readSettings(table);
    const { logLevel } = settings as { logLevel?: LogLevel };
    const log = createLog({ app, level: logLevel });
    changeLevelOnSignal(log, logLevel ?? 'info');
    await start(settings, log);
  } catch (error) {
    // An operator's mistake is one line; an error of ours has its stack.
    const isExpected = error instanceof SettingsError || error instanceof StartError || isSystemError(error);
    process.stderr.write(`invoq ${app}: ${isExpected ? error.message : ((error as Error).stack ?? String(error))}\n`);
    process.exit(1);
  }
}

/** A port that is taken, a file that cannot be read: the system's own sentence says what and where. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}
