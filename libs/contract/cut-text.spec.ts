import { cutText } from './cut-text';

describe('cutText', () => {
  it.each([
    ['abc', 5, 'abc'],
    ['abc', 2, 'ab'],
    ['a😀b', 2, 'a'],
    ['a😀b', 3, 'a😀'],
    ['😀', 0, ''],
    ['😀', 1, ''],
  ])('%s at %i', (text, units, cut) => {
    expect(cutText(text, units)).toBe(cut);
  });
});
