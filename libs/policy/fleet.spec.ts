/** What a process concludes from heartbeats: who is right, and what becomes of a function that nobody serves. */
import type { FunctionSpec, Published } from '@invoq/contract/function';
import type { Member } from '@invoq/contract/member';
import { disagreements, disagreementText, settledEntry, UNSERVED_MS } from './fleet';
import { foundFormat, formatToWrite, QUIET_MS } from './format';

function member(id: string, since: number, settings: Record<string, string> = {}, secrets = {}): Member {
  const self = { app: 'worker', host: `host-${id}`, pid: 7, release: '0.2.0', format: 3, state: 'ready' } as const;
  return { ...self, id, since, settings, secrets };
}

describe('settings that differ', () => {
  const four = { INVOQ_PARTITIONS: '4' };
  const one = { INVOQ_PARTITIONS: '1' };

  it('the oldest process is right, whatever the majority says', () => {
    const [first, second, third] = [member('a', 1, four), member('b', 2, one), member('c', 3, one)];
    const all = [third, second, first];
    expect(disagreements(first, all)).toEqual([]);
    for (const later of [second, third]) {
      expect(disagreements(later, all)).toEqual([
        { setting: 'INVOQ_PARTITIONS', own: '1', theirs: '4', host: 'host-a', pid: 7, stops: true },
      ]);
    }
    expect(disagreements(third, [second, third])).toEqual([]);
  });

  it('two that joined in the same millisecond have an order', () => {
    const [a, b] = [member('a', 1, four), member('b', 1, one)];
    expect([disagreements(a, [a, b]).length, disagreements(b, [a, b]).length]).toEqual([0, 1]);
  });

  it('the line names setting, own value, the other value, and where it is', () => {
    const [found] = disagreements(member('b', 2, one), [member('a', 1, four)]);
    expect(disagreementText(found)).toMatch(
      /^INVOQ_PARTITIONS is 1 here and 4 at host-a \(pid 7\), which was there first/,
    );
  });

  it('secrets agree when they have one in common, and stop nobody when not', () => {
    const old = member('a', 1, {}, { SECRET: ['x'] });
    expect(disagreements(member('b', 2, {}, { SECRET: ['y', 'x'] }), [old])).toEqual([]);
    expect(disagreements(member('b', 2, {}, { SECRET: ['y'] }), [old])).toMatchObject([{ stops: false }]);
    expect(disagreements(member('b', 2, {}, {}), [old])).toEqual([]);
  });

  it('who does not have a setting is asked for none', () => {
    expect(disagreements(member('c', 3, four), [member('a', 1, {}), member('b', 2, four)])).toEqual([]);
  });
});

describe('an entry of the registry', () => {
  const spec = (queue: string) => ({ name: 'f', env: 'e', queue }) as FunctionSpec;
  const entry: Published = { spec: spec('old'), source: 'writer', at: 1 };
  const facts = { entry, servers: [], missingMs: UNSERVED_MS, now: 1_000, keepMs: 500 };

  it('is left alone while its writer serves it', () => {
    const servers = [{ id: 'writer', spec: spec('old') }, { id: 'other', spec: spec('new') }]; // prettier-ignore
    expect(settledEntry({ ...facts, servers })).toEqual({ keep: true });
  });

  it('is what the newest of the others says when its writer does not serve it any more', () => {
    const servers = [{ id: 'older', spec: spec('older') }, { id: 'newest', spec: spec('newest') }]; // prettier-ignore
    expect(settledEntry({ ...facts, servers })).toEqual({
      keep: false,
      entry: { spec: spec('newest'), source: 'newest', at: 1 },
    });
  });

  it('is what those say who have it whole, however new the others are', () => {
    const broken = { ...spec('broken'), loadProblem: { file: 'functions.json', reason: 'unknown field' } };
    const servers = [{ id: 'whole', spec: spec('whole') }, { id: 'writer', spec: broken }]; // prettier-ignore
    const whole = { keep: false, entry: { spec: spec('whole'), source: 'whole', at: 1 } };
    expect(settledEntry({ ...facts, servers })).toEqual(whole);
    expect(settledEntry({ ...facts, entry: { ...entry, spec: broken }, servers })).toEqual(whole);
    // Nobody has it whole: its callers are told why it does not load.
    expect(settledEntry({ ...facts, entry: { ...entry, spec: broken }, servers: [servers[1]] })).toEqual({
      keep: true,
    });
    expect(settledEntry({ ...facts, servers: [{ id: 'other', spec: broken }] })).toEqual({
      keep: false,
      entry: { spec: broken, source: 'other', at: 1 },
    });
  });

  it('is marked after a while without a server, and forgotten much later', () => {
    expect(settledEntry({ ...facts, missingMs: UNSERVED_MS - 1 })).toEqual({ keep: true });
    expect(settledEntry(facts)).toEqual({ keep: false, entry: { ...entry, unservedSince: 1_000 } });
    const marked = { ...entry, unservedSince: 1_000 };
    expect(settledEntry({ ...facts, entry: marked, now: 1_499 })).toEqual({ keep: true });
    expect(settledEntry({ ...facts, entry: marked, now: 1_500 })).toEqual({ keep: false, entry: undefined });
    expect(settledEntry({ ...facts, entry: marked, now: 1_500, missingMs: 0 })).toEqual({ keep: true });
  });

  it('loses its mark with the first server', () => {
    const marked = { ...entry, unservedSince: 1 };
    expect(settledEntry({ ...facts, entry: marked, servers: [{ id: 'writer', spec: spec('old') }] })).toEqual({
      keep: false,
      entry,
    });
  });
});

describe('the format', () => {
  it.each([
    [null, { format: undefined }],
    ['2', { format: 2 }],
    ['3', { format: 3 }],
    ['4', { fault: expect.stringContaining('Start a newer release') }],
    ['1', { fault: expect.stringContaining('Start the releases between') }],
    ['x', { fault: expect.stringContaining('format x') }],
  ])('%s in Redis', (text, found) => expect(foundFormat(text)).toEqual(found));

  it.each([
    ['a fleet that begins', undefined, [3], 1, 3],
    ['a fleet that begins with an older member', undefined, [2], 1, 2],
    ['an older member lives', 3, [2, 3], Infinity, 2],
    ['the last older one was seen a moment ago', 2, [3], QUIET_MS - 1, 2],
    ['none was seen for a while', 2, [3], QUIET_MS, 3],
    ['a newer one lives too', 3, [3, 4], Infinity, 3],
    ['nobody was seen, and all write the newest', 3, [3], 1, 3],
  ] as const)('%s', (_, current, formats, quietMs, written) => {
    expect(formatToWrite({ current, formats: [...formats], quietMs })).toBe(written);
  });
});
