import { messageWithCause, stackWithCauses } from './thrown-error';

const REFUSED = { name: 'Error', message: 'connect ECONNREFUSED 127.0.0.1:9', code: 'ECONNREFUSED' };

describe('one text for an error', () => {
  it('names the deepest cause, once', () => {
    expect(messageWithCause({ message: 'plain' })).toBe('plain');
    expect(messageWithCause({ message: 'fetch failed', cause: { message: 'middle', cause: REFUSED } })).toBe(
      'fetch failed (connect ECONNREFUSED 127.0.0.1:9)',
    );
    expect(messageWithCause({ message: 'a: b', cause: { message: 'b' } })).toBe('a: b');
    expect(messageWithCause({ message: 'a', cause: { message: '😀'.repeat(200) } })).toMatch(/^a \((😀){150}…\)$/u);
  });

  it('has the causes and the errors below the stack', () => {
    expect(stackWithCauses({ message: 'x' })).toBe('x');
    expect(
      stackWithCauses({
        message: 'x',
        stack: 'Error: x\n    at f',
        errors: [{ message: 'one', code: 7 }],
        cause: { message: 'y', cause: REFUSED },
      }),
    ).toBe(
      'Error: x\n    at f\n  [errors]:\n    one (7)\n  [cause]: y\n  [cause]: Error: connect ECONNREFUSED 127.0.0.1:9',
    );
  });
});
