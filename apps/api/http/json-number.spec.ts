/** Which numbers JavaScript reads as they are written. */
import { isKept, isShort, numberBegins } from './json-number';

test.each(['0', '-0', '3.14', '1e5', '-12.5E-3', '9007199254740992', '-9007199254740991', '1700000000123000000',
  '12345678901234567000', '1e308', '1.7976931348623157e308', '0.1000000000000000055511151231257827', '1e-400', `1${'0'.repeat(22)}`])(
  '%s is kept', (number) => expect(isKept(number)).toBe(true)); // prettier-ignore

test.each(['9007199254740993', '-9007199254740993', '12345678901234567890', '9999999999999999999', '1e400', '-1E+309', `${'9'.repeat(400)}.5`])(
  '%s is not', (number) => expect(isKept(number)).toBe(false)); // prettier-ignore

test('whatever JavaScript writes is kept', () => {
  for (let exponent = -320; exponent <= 308; exponent++) {
    for (const digits of [1, 1.5, 1.2345678901234567, 9.007199254740993, Math.random() * 10]) {
      const number = JSON.stringify(Number(`${digits}e${exponent}`));
      if (number !== 'null') expect([number, isKept(number)]).toEqual([number, true]);
    }
  }
});

test('a number is found before what follows it', () => {
  expect(numberBegins(Buffer.from('[-1.5E+400,2]'), 10)).toBe(1);
  expect(numberBegins(Buffer.from('12'), 2)).toBe(0);
});

test.each<[string, boolean]>([
  ['1700000000123456', true], ['-8999999999999999', true], ['9007199254740993', false], ['1700000000123000000', true],
  ['1700000000123456700', false], [`1${'0'.repeat(310)}`, false], [`1${'0'.repeat(290)}`, true],
])('%s is seen to be kept at once: %s', (number, short) => {
  const bytes = Buffer.from(number);
  expect(isShort(bytes, 0, bytes.length)).toBe(short);
  if (short) expect(isKept(number)).toBe(true);
}); // prettier-ignore
