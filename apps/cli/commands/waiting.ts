/** How long `--wait` waits. */

const DEFAULT_WAIT_MS = 600_000;

/** `wait`: undefined: no --wait; true: one without a length. ms. */
export function waitMs(wait: number | true | undefined): number {
  return wait === true ? DEFAULT_WAIT_MS : (wait ?? 0);
}
