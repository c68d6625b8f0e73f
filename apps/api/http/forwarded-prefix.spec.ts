import { prefixIn } from './forwarded-prefix';

test.each([
  ['/invoq', '/invoq'],
  ['/invoq/', '/invoq'],
  ['/a, /b/c', '/a/b/c'],
  ['/', ''],
  ['invoq', ''],
  ['//evil.example', ''],
  ['/a/../b', ''],
  ['/a?b', ''],
  ['/a\r\nx: y', ''],
  [`/${'x'.repeat(101)}`, ''],
])('%j: %j', (field, prefix) => expect(prefixIn(field)).toBe(prefix));
