/** The language of the page, and how times and lengths are written in it. */
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { type Language, say, type Word } from './messages';

const first: Language = navigator.language.startsWith('zh') ? 'zh' : 'en';

function wordsIn(language: Language, turn: () => void) {
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const local = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'medium' });
  return {
    language,
    turn,
    t: (word: Word, values?: Record<string, string | number>) => say(language, word, values),
    number: (value: number) => number.format(value),
    time: (iso: string | number) => local.format(new Date(iso)),
    span: (ms: number) =>
      ms < 1_000
        ? `${number.format(ms)} ms`
        : ms < 60_000
          ? `${number.format(ms / 1_000)} s`
          : ms < 3_600_000
            ? `${number.format(ms / 60_000)} min`
            : `${number.format(ms / 3_600_000)} h`,
  };
}

const Words = createContext(wordsIn(first, () => undefined));
export const useWords = () => useContext(Words);

export function WordsProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>((localStorage.getItem('language') as Language | null) ?? first);
  const words = useMemo(() => {
    document.documentElement.lang = language;
    const other = language === 'en' ? 'zh' : 'en';
    return wordsIn(language, () => (localStorage.setItem('language', other), setLanguage(other)));
  }, [language]);
  return <Words.Provider value={words}>{children}</Words.Provider>;
}

/** Local; UTC on hover. */
export function Time({ at }: { at?: string | null }) {
  const { time } = useWords();
  return at ? (
    <time dateTime={at} title={`${at.replace('T', ' ').replace('Z', '')} UTC`}>
      {time(at)}
    </time>
  ) : (
    <>–</>
  );
}
