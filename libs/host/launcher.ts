/** What a process tells the launcher that started it (`npm start`), over the channel between them. Without one: nobody. */
export type LauncherMessage =
  /** From now on it can be reached there. The log says so too, where its level lets it. */
  | { event: 'listening'; port: number }
  /** An operator had it drained and ended: its end is wanted. */
  | { event: 'drained' };

export function notifyLauncher(message: LauncherMessage): void {
  // A launcher that is gone gets nothing, and that is no error.
  process.send?.(message, () => undefined);
}
