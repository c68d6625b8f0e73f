/** What is said together, in which order, and how many at a time; Redis is not needed for it. */
import { setImmediate as oneTurn } from 'node:timers/promises';
import { Together } from './together';

// Time passes where a test says so: on a busy machine 100 ms pass between any two lines.
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  jest.advanceTimersByTime(1_000);
});
afterEach(() => jest.useRealTimers());

interface Sent {
  some: number[];
  answer(error?: Error): void;
}

function together(most = 2): { add(one: number, kind?: string): Promise<string>; sent: Sent[]; kinds: () => number } {
  const sent: Sent[] = [];
  const one = new Together<number, string>({
    most,
    send: (some) =>
      new Promise((resolve, reject) => {
        const answer = (error?: Error): void => (error ? reject(error) : resolve(some.map((each) => `answer ${each}`)));
        sent.push({ some, answer });
      }),
    lengthOf: (each) => (each >= 1_000 ? 100 * 1024 : 1),
  });
  return { add: (each, kind = 'one') => one.add(kind, each), sent, kinds: () => one.size };
}

/** Whoever is busy sends after two turns of the loop. */
async function turn(): Promise<void> {
  await oneTurn();
  await oneTurn();
}

/** As ioredis throws for a script that ran into something. */
function scriptError(): Error {
  return Object.assign(new Error('ERR user_script:1: something'), { name: 'ReplyError' });
}

test('what is added in one turn of the loop is one command, answered one by one', async () => {
  const { add, sent, kinds } = together();
  const answers = [add(1), add(2), add(3)];
  await turn();
  expect(sent.map(({ some }) => some)).toEqual([[1, 2, 3]]);
  sent[0].answer();
  expect(await Promise.all(answers)).toEqual(['answer 1', 'answer 2', 'answer 3']);
  expect(kinds()).toBe(0);
});

test('what comes while a command is on its way goes out together when that is answered', async () => {
  const { add, sent } = together(2);
  void add(1);
  await turn();
  const later = [add(2), add(3), add(4)];
  await turn();
  expect(sent.map(({ some }) => some)).toEqual([[1]]);
  sent[0].answer();
  await turn();
  await turn();
  expect(sent.map(({ some }) => some)).toEqual([[1], [2, 3, 4]]);
  sent[1].answer();
  expect(await Promise.all(later)).toEqual(['answer 2', 'answer 3', 'answer 4']);
});

test('as many as are worth a command do not wait for the one on its way; a third one waits', async () => {
  const { add, sent } = together(2);
  void add(0);
  await turn();
  for (let one = 1; one <= 8; one++) void add(one);
  await turn();
  expect(sent.map(({ some }) => some.length)).toEqual([1, 8]);
  for (let one = 9; one <= 20; one++) void add(one);
  await turn();
  expect(sent).toHaveLength(2);
  sent[0].answer();
  await turn();
  await turn();
  expect(sent.map(({ some }) => some.length)).toEqual([1, 8, 12]);
});

test('whoever has just sent a command waits one turn more, in which others come; later on it sends at once', async () => {
  const { add, sent } = together();
  const first = add(1);
  await oneTurn();
  sent[0].answer();
  await first;
  const second = add(2);
  await oneTurn();
  void add(3);
  await oneTurn();
  expect(sent.map(({ some }) => some)).toEqual([[1], [2, 3]]);
  sent[1].answer();
  await second;
  jest.advanceTimersByTime(1);
  void add(4);
  await oneTurn();
  expect(sent.map(({ some }) => some)).toEqual([[1], [2, 3], [4]]);
});

test('where four in a row went alone, the next goes at once, until several go together', async () => {
  const { add, sent } = together();
  for (let one = 1; one <= 4; one++) {
    const answered = add(one);
    expect(sent).toHaveLength(one - 1);
    await turn();
    sent[one - 1].answer();
    await answered;
  }
  const fifth = add(5);
  expect(sent[4].some).toEqual([5]);
  const [sixth, seventh] = [add(6), add(7)];
  expect(sent).toHaveLength(5);
  sent[4].answer();
  await fifth;
  await turn();
  expect(sent[5].some).toEqual([6, 7]);
  sent[5].answer();
  await Promise.all([sixth, seventh]);
  void add(8);
  expect(sent).toHaveLength(6);
  await turn();
  expect(sent[6].some).toEqual([8]);
});

test('what is of two kinds is two commands, and neither waits for the other', async () => {
  const { add, sent, kinds } = together(1);
  const answers = [add(1, 'one'), add(2, 'other'), add(3, 'one')];
  await turn();
  expect(sent.map(({ some }) => some)).toEqual([[1, 3], [2]]);
  expect(kinds()).toBe(2);
  for (const { answer } of sent) answer();
  expect(await Promise.all(answers)).toEqual(['answer 1', 'answer 2', 'answer 3']);
});

test('a command has 32 at most, and few large ones', async () => {
  const { add, sent } = together(3);
  for (let one = 0; one < 40; one++) void add(one);
  void add(1_000);
  void add(1_001);
  for (let n = 0; n < 4; n++) await turn();
  for (const { answer } of sent) answer();
  for (let n = 0; n < 4; n++) await turn();
  expect(sent.map(({ some }) => some.length)).toEqual([32, 9, 1]);
});

test('one that a script cannot cope with fails alone', async () => {
  const { add, sent } = together();
  const answers = Promise.allSettled([add(1), add(2), add(3)]);
  await turn();
  sent[0].answer(scriptError());
  await turn();
  expect(sent.slice(1).map(({ some }) => some)).toEqual([[1], [2], [3]]);
  sent[1].answer();
  sent[2].answer(scriptError());
  sent[3].answer();
  expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('a connection that is lost is lost for all of them, and what comes after it is sent', async () => {
  const { add, sent } = together(1);
  const answers = Promise.allSettled([add(1), add(2)]);
  await turn();
  const after = add(3);
  sent[0].answer(new Error('Connection is closed.'));
  expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await turn();
  sent[1].answer();
  expect(await after).toBe('answer 3');
});

test('a command that is not answered holds up nobody for long', async () => {
  const { add, sent } = together(1);
  void add(1);
  await turn();
  void add(2);
  await turn();
  jest.advanceTimersByTime(99);
  await turn();
  expect(sent).toHaveLength(1);
  jest.advanceTimersByTime(1);
  await turn();
  expect(sent.map(({ some }) => some)).toEqual([[1], [2]]);
});
