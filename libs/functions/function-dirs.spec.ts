/** The text of INVOQ_FUNCTIONS, as a table. */
import { parseFunctionDirs } from './function-dirs';

test.each([
  ['functions', [{ env: 'default', dir: '/home/functions' }]],
  ['/abs', [{ env: 'default', dir: '/abs' }]],
  ['default=./a', [{ env: 'default', dir: '/home/a' }]],
  [
    'env-a=a, env-b=/b',
    [
      { env: 'env-a', dir: '/home/a' },
      { env: 'env-b', dir: '/b' },
    ],
  ],
  ['a=dir=with=signs', [{ env: 'a', dir: '/home/dir=with=signs' }]],
])('%s', (text, dirs) => expect(parseFunctionDirs(text, '/home')).toEqual(dirs));

test.each(['', ' ', ',', 'a=', '=a', 'a=x,', 'a,b', 'a=x,a=y', 'a b=x', 'a:b=x', '{a}=x'])('refuses %j', (text) => {
  expect(parseFunctionDirs(text, '/home')).toBeUndefined();
});
