import { MESSAGES, say } from './messages';

const names = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

test('each message is there in each language, with the same values', () => {
  expect(Object.keys(MESSAGES.zh).sort()).toEqual(Object.keys(MESSAGES.en).sort());
  for (const [word, text] of Object.entries(MESSAGES.en)) {
    const other = MESSAGES.zh[word as keyof typeof MESSAGES.zh];
    expect([word, other.trim() === '', names(other)]).toEqual([word, false, names(text)]);
  }
});

test('values are put in', () => expect(say('en', 'attempt', { n: 2 })).toBe('Attempt 2 ran'));
