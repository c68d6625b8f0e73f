/** Whether clocks agree. Signatures of callbacks are good for five minutes; schedules and deadlines go by Redis' clock. */
import { lengthText } from '../output/lengths';
import { type Check, fail, ok, warn } from './check';

const WARN_MS = 5_000;
const FAIL_MS = 120_000;

/** `theirs`: read between `before` and `after` of this machine, exact to `exactMs`. All ms. */
export function clockCheck(
  name: string,
  whose: string,
  theirs: number,
  before: number,
  after: number,
  exactMs = 0,
): Check {
  const skewMs = theirs < before - exactMs ? theirs - (before - exactMs) : theirs > after ? theirs - after : 0;
  const off = Math.abs(skewMs);
  if (off < WARN_MS) return ok(name, `the clock of ${whose} agrees with this machine's`);
  const message = `the clock of ${whose} is ${lengthText(off)} ${skewMs < 0 ? 'behind' : 'ahead of'} this machine's`;
  return (off < FAIL_MS ? warn : fail)(
    name,
    message,
    'Run a time service, such as chrony or systemd-timesyncd, on both.',
  );
}
