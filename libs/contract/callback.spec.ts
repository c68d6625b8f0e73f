import { readCallback } from './callback';
import { OUTCOMES } from './outcome';

test('all ends are told unless some are named', () => {
  expect(readCallback({ url: 'https://a.example/x?y=1' }, 'callback')).toEqual({
    url: 'https://a.example/x?y=1',
    events: [...OUTCOMES],
  });
  expect(readCallback({ url: 'http://a.example', events: ['failed'] }, 'callback')).toMatchObject({
    events: ['failed'],
  });
});

test.each([
  ['https://a.example', 'callback'],
  [null, 'callback'],
  [[], 'callback'],
  [{}, 'callback.url'],
  [{ url: 7 }, 'callback.url'],
  [{ url: 'a.example/hook' }, 'callback.url'],
  [{ url: 'ftp://a.example' }, 'callback.url'],
  [{ url: 'file:///etc/passwd' }, 'callback.url'],
  [{ url: 'https://user:password@a.example' }, 'callback.url'],
  [{ url: 'https://a.example/#part' }, 'callback.url'],
  [{ url: `https://a.example/${'x'.repeat(2_048)}` }, 'callback.url'],
  [{ url: 'https://a.example', events: [] }, 'callback.events'],
  [{ url: 'https://a.example', events: ['failed', 'failed'] }, 'callback.events'],
  [{ url: 'https://a.example', events: ['queued'] }, 'callback.events'],
  [{ url: 'https://a.example', events: 'failed' }, 'callback.events'],
  [{ url: 'https://a.example', secret: 'x' }, 'callback.secret'],
])('%j is refused, naming %s', (value, field) => {
  expect(readCallback(value, 'callback')).toMatchObject([{ field }]);
});
