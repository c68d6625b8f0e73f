import { Unanswered } from './answer-limit';

interface Sent {
  isSettled: boolean;
  reject(error: Error): void;
}

const rejected: string[] = [];

function sent(name: string): Sent {
  const command = {
    isSettled: false,
    reject: (error: Error) => {
      command.isSettled = true;
      rejected.push(`${name}: ${error.message}`);
    },
  };
  return command;
}

beforeEach(() => {
  jest.useFakeTimers();
  rejected.length = 0;
});
afterEach(() => jest.useRealTimers());

it('rejects each command that has no answer after its own time, and no other', () => {
  const unanswered = new Unanswered(2_000);
  const [first, second, third] = ['first', 'second', 'third'].map(sent);
  unanswered.add(first);
  jest.advanceTimersByTime(500);
  unanswered.add(second);
  jest.advanceTimersByTime(500);
  unanswered.add(third);
  second.isSettled = true;
  jest.advanceTimersByTime(999);
  expect(rejected).toEqual([]);
  jest.advanceTimersByTime(2);
  expect(rejected).toEqual(['first: Command timed out']);
  jest.advanceTimersByTime(998);
  expect(rejected).toHaveLength(1);
  jest.advanceTimersByTime(2);
  expect(rejected).toEqual(['first: Command timed out', 'third: Command timed out']);
});

it('holds no command that has an answer, however many there were', () => {
  const unanswered = new Unanswered(2_000);
  for (let i = 0; i < 5_000; i++) {
    const command = sent(String(i));
    unanswered.add(command);
    command.isSettled = true;
  }
  unanswered.add(sent('last'));
  expect(unanswered.size).toBe(1);
  jest.advanceTimersByTime(10_000);
  expect(rejected).toEqual(['last: Command timed out']);
  expect(jest.getTimerCount()).toBe(0);
});
