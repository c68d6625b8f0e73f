/** Times and sizes as people read them. */

const UNITS: [ms: number, unit: string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
];

/** `850 ms`, `12.3 s`, `4m 05s`, `3h 10m`, `2d 4h`. */
export function lengthText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000)
    return `${Math.floor(ms / 60_000)}m ${String(Math.floor((ms % 60_000) / 1_000)).padStart(2, '0')}s`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)}h ${Math.floor((ms % 3_600_000) / 60_000)}m`;
  return `${Math.floor(ms / 86_400_000)}d ${Math.floor((ms % 86_400_000) / 3_600_000)}h`;
}

/** How long ago: `12s`, `5m`, `3h`, `2d`. */
export function agoText(iso: string, now = Date.now()): string {
  const ms = Math.max(0, now - Date.parse(iso));
  const [size, unit] = UNITS.find(([each]) => ms >= each) ?? [1_000, 's'];
  return `${Math.floor(ms / size)}${unit}`;
}

/** `1.5 GiB`. */
export function bytesText(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  let left = bytes;
  for (; left >= 1_024 && at < names.length - 1; at++) left /= 1_024;
  return `${at === 0 ? left : left.toFixed(1)} ${names[at]}`;
}
