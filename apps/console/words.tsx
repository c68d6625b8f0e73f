/** The language of the page, and how times and lengths are written in it. */
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { keep, kept } from './kept';
import { type Language, say, type Word } from './messages/messages';

const LANGUAGES = ['en', 'zh'] as const satisfies readonly Language[];
const first: Language = navigator.language.startsWith('zh') ? 'zh' : 'en';
/** `en-GB` writes times otherwise than `en-US`: the browser's own, where it is of the language. */
const localeOf = (language: Language): string =>
  navigator.languages.find((each) => each.startsWith(language)) ?? language;

const STEPS = [
  [1_000, 'ms', 1],
  [60_000, 's', 1_000],
  [3_600_000, 'min', 60_000],
  [86_400_000, 'h', 3_600_000],
  [Infinity, 'd', 86_400_000],
] as const;
const AGO = [
  [60_000, 'second', 1_000],
  [3_600_000, 'minute', 60_000],
  [86_400_000, 'hour', 3_600_000],
  [Infinity, 'day', 86_400_000],
] as const;
const SIZES = ['B', 'KB', 'MB', 'GB'];

function wordsIn(language: Language, turn: () => void) {
  const locale = localeOf(language);
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const short = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
  const share = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  const local = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'medium' });
  const clock = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  });
  const exact = new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hour12: false });
  const relative = new Intl.RelativeTimeFormat(locale, { style: 'narrow', numeric: 'always' });
  return {
    language,
    locale,
    turn,
    t: (word: Word, values?: Record<string, string | number>) => say(language, word, values),
    number: (value: number) => whole.format(value),
    rate: (value: number) => short.format(value),
    percent: (value: number) => share.format(value),
    time: (iso: string | number) => local.format(new Date(iso)),
    clock: (iso: string | number) => clock.format(new Date(iso)),
    /** With ms. */
    exact: (iso: string | number) =>
      `${exact.format(new Date(iso))}.${String(new Date(iso).getUTCMilliseconds()).padStart(3, '0')}`,
    ago: (iso: string | number) => {
      const ms = new Date(iso).getTime() - Date.now();
      const [, unit, size] = AGO.find(([below]) => Math.abs(ms) < below)!;
      return relative.format(Math.round(ms / size), unit);
    },
    /** Two units from a minute on: `1 min 12 s`. */
    span: (ms: number) => {
      const at = STEPS.findIndex(([below]) => ms < below);
      const [, unit, size] = STEPS[at];
      if (at < 2) return `${short.format(ms / size)} ${unit}`;
      const [, smaller, part] = STEPS[at - 1];
      const rest = Math.floor((ms % size) / part);
      return `${Math.floor(ms / size)} ${unit}${rest > 0 ? ` ${rest} ${smaller}` : ''}`;
    },
    bytes: (count: number) => {
      const step = Math.min(Math.floor(Math.log2(Math.max(count, 1)) / 10), SIZES.length - 1);
      return `${short.format(count / 1_024 ** step)} ${SIZES[step]}`;
    },
  };
}

const Words = createContext(wordsIn(first, () => undefined));
export const useWords = () => useContext(Words);

export function WordsProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(kept('language', LANGUAGES) ?? first);
  const words = useMemo(() => {
    document.documentElement.lang = language;
    const other = language === 'en' ? 'zh' : 'en';
    return wordsIn(language, () => (keep('language', other), setLanguage(other)));
  }, [language]);
  return <Words.Provider value={words}>{children}</Words.Provider>;
}

export const utc = (iso: string): string => `${new Date(iso).toISOString().replace('T', ' ').replace('Z', '')} UTC`;

/** Local; UTC on hover. `as`: how long ago, or to the millisecond. */
export function Time({ at, as = 'time' }: { at?: string | null; as?: 'time' | 'ago' | 'exact' }) {
  const { time, ago, exact } = useWords();
  if (!at) return <>–</>;
  return (
    <time dateTime={at} title={as === 'time' ? utc(at) : `${time(at)} · ${utc(at)}`}>
      {{ time, ago, exact }[as](at)}
    </time>
  );
}
