/** How a plan writes numbers. */

const KB = 1_024;
const US = 1_000_000;

export function bytesText(bytes: number): string {
  const names = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'];
  let left = bytes;
  let at = 0;
  for (; left >= KB && at < names.length - 1; at++) left /= KB;
  return `${shown(left)} ${names[at]}`;
}

/** µs of CPU a second, as cores. */
export function coresText(us: number): string {
  return (us / US).toFixed(2);
}

export function percent(share: number): string {
  return `${share * 100} %`;
}

/** Three digits are as exact as a plan can be. */
export function shown(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
