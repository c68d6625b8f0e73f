/** What the console says, in the language of whoever reads it. */
import { en } from './en';
import { zh } from './zh';

export type Word = keyof typeof en;
export const MESSAGES = { en, zh };
export type Language = keyof typeof MESSAGES;

export function say(language: Language, word: Word, values: Record<string, string | number> = {}): string {
  return MESSAGES[language][word].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}
