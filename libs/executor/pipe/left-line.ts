/** The line in a call's log about what was at work after its answer and was ended. `ms`: since the answer. */
export function leftLine(left: string, ms: number): string {
  return `left: ${left}; ended ${ms < 1 ? 0 : ms - (ms % 1)} ms after the answer`;
}
