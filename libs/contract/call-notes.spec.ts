import { notesIn } from './call-notes';

test('only notes are taken of what is said of a call', () => {
  const said = { tags: ['a'], priority: 3 };
  expect(notesIn(said)).toEqual({ tags: ['a'] });
});

test('no notes are nothing at all', () => expect(notesIn({ tags: undefined })).toBeUndefined());
