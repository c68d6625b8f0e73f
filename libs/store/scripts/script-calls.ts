/**
 * How the Lua scripts are called: made from their headers, not by hand. After a change of a header:
 * `INVOQ_UPDATE=1 npx jest --selectProjects unit --testPathPatterns script-calls`
 */

type Arg = string | number;

const text = (value: Arg): string => (typeof value === 'string' ? value : String(value));

export interface ScriptCalls {
  advance: {
    keys: { due: string; last: string; late: string };
    args: { schedule: Arg; id: Arg; at: Arg; nextAt: Arg; outcome: Arg; late: Arg };
  };
  appendLogs: {
    keys: { record: string; logs: string };
    args: { id: Arg; attempt: Arg; before: Arg; lines: Arg };
  };
  audit: {
    keys: { log: string };
    args: { entry: Arg; keepMs: Arg; max: Arg };
  };
  beat: {
    keys: {
      seen: string; members: string; loads: string; version: string; leader: string; format: string; functions: string;
      order: string;
    };
    args: {
      id: Arg; ttlMs: Arg; member: Arg; load?: Arg; version: Arg; leadMs: Arg; format?: Arg; functionsTtlMs?: Arg;
      outAt: Arg;
    };
  };
  cancel: {
    keys: {
      record: string; open: string; outbox: string; queued: string; ready: string; turns: string; dead: string;
      deadExpiry: string;
    };
    args: { id: Arg; code: Arg; neverEnvelope: Arg; startedEnvelope: Arg; onlyWaiting: Arg };
  };
  claimDelivery: {
    keys: { record: string; delivery: string; outbox: string; receivers: string; receiverQueue: string };
    args: { id: Arg; receiver: Arg; holder: Arg; leaseMs: Arg };
  };
  due: {
    keys: { due: string; late: string };
    args: { now: Arg; limit: Arg };
  };
  electLeader: {
    keys: { leader: string };
    args: { who: Arg; ms: Arg };
  };
  enqueueCallback: {
    keys: { outbox: string; receivers: string; receiverQueue: string };
    args: { id: Arg; receiver: Arg };
  };
  expire: {
    keys: {
      record: string; open: string; outbox: string; queued: string; ready: string; turns: string; dead: string;
      deadExpiry: string;
    };
    args: { id: Arg; expiredCode: Arg; expiredEnvelope: Arg; lostCode: Arg; lostEnvelope: Arg; graceMs: Arg };
  };
  finish: {
    keys: {
      open: string; outbox: string; queued: string; ready: string; turns: string; dead: string; deadExpiry: string;
    };
    args: {
      prefix: Arg; worker: Arg; leaseMs: Arg; digest: Arg; offered: Arg;
      ends: readonly { id: Arg; attempt: Arg; outcome: Arg; code: Arg; envelope: Arg; logs: Arg; used: Arg; tokenHash: Arg; functionName: Arg }[];
    };
  };
  fleetSnapshot: {
    args: { question: Arg };
  };
  handback: {
    keys: { record: string; open: string; queued: string; ready: string; turns: string };
    args: { id: Arg; attempt: Arg; tokenHash: Arg; checkMs: Arg };
  };
  keep: {
    keys: { kept: string };
    args: { bytes: Arg; droppedAt: Arg; max: Arg };
  };
  leave: {
    keys: { seen: string; members: string; loads: string; version: string; leader: string; order: string };
    args: { id: Arg };
  };
  listed: {
    keys: { schedules: string; lastRuns: string; due: string };
    args: { env: Arg; ids: readonly Arg[] };
  };
  load: {
    keys: { queued: string; ready: string; turns: string; held: readonly string[] };
    args: { envPrefix: Arg };
  };
  note: {
    keys: { active: string };
    args: { partition: Arg };
  };
  now: {
    keys: { any: string };
  };
  order: {
    keys: { seen: string; members: string; order: string };
    args: { worker: Arg; order: Arg; keepMs: Arg; channel: Arg; message: Arg };
  };
  pause: {
    keys: { lanes: readonly { queued: string; ready: string; turns: string }[] };
    args: { verb: Arg; what: Arg; keepMs: Arg };
  };
  progress: {
    keys: { record: string };
    args: { id: Arg; attempt: Arg; progress: Arg };
  };
  purge: {
    keys: { dead: string; deadExpiry: string };
    args: { letters: readonly Arg[] };
  };
  rates: {
    keys: { wholeAt: readonly string[] };
    args: { count: Arg; rates: readonly { limit: Arg; windowMs: Arg }[] };
  };
  redeliver: {
    keys: { record: string; delivery: string; outbox: string; receivers: string; receiverQueue: string };
    args: { id: Arg; receiver: Arg };
  };
  registered: {
    keys: { queues: string; envs: string };
  };
  release: {
    keys: { record: string; open: string };
    args: { id: Arg; attempt: Arg };
  };
  renew: {
    keys: { open: string };
    args: { prefix: Arg; leaseMs: Arg; calls: readonly { id: Arg; attempt: Arg }[] };
  };
  retry: {
    keys: { record: string; open: string; logs: string; permits: string; held: string };
    args: {
      id: Arg; attempt: Arg; afterMs: Arg; outcome: Arg; code: Arg; envelope: Arg; ending: Arg; lines: Arg; used: Arg;
    };
  };
  room: {
    keys: { dead: string; deadExpiry: string };
    args: { env: Arg; maxKept: Arg };
  };
  schedule: {
    keys: { schedules: string; due: string; late: string };
    args: { id: Arg; schedule: Arg; text: Arg; nextRunAt: Arg; max: Arg; maxBytes: Arg };
  };
  serve: {
    keys: { serves: string; servedBefore: string; readyQueues: readonly string[] };
    args: { worker: Arg; digest: Arg; before: Arg; keepMs: Arg; forgetMs: Arg; functions: readonly Arg[] };
  };
  settleDelivery: {
    keys: { record: string; delivery: string; outbox: string; receivers: string; receiverQueue: string };
    args: { id: Arg; receiver: Arg; holder: Arg; state: Arg; inMs: Arg; try?: Arg };
  };
  submit: {
    keys: {
      record: string; open: string; queued: string; ready: string; turns: string; permits: string; held: string;
      idempotency: string; functionCalls: string; envCalls: string; dead: string; deadExpiry: string; tickets: string;
    };
    args: {
      id: Arg; bodyHash?: Arg; idempotencyMs: Arg; maxQueued: Arg; expireAfterMs: Arg; firstCheckMs: Arg;
      maxListed: Arg; listedMs: Arg; functionName: Arg; priority: Arg; delayMs: Arg; runAt: Arg; maxOpen: Arg;
      letter?: Arg; mode: Arg; maxRunning?: Arg; isTicketed: Arg; env: Arg; dataBytes: Arg; maxWaitingBytes: Arg;
      maxDeadBytes?: Arg; fields: readonly Arg[];
    };
  };
  submits: {
    keys: {
      open: string; queued: string; ready: string; turns: string; functionCalls: string; envCalls: string;
      tickets: string;
    };
    args: {
      prefix: Arg; functionName: Arg; priority: Arg; mode: Arg; maxQueued: Arg; expireAfterMs: Arg; firstCheckMs: Arg;
      maxListed: Arg; listedMs: Arg; isTicketed: Arg; terms: Arg; retainMs: Arg; keepData: Arg; timeoutMs: Arg;
      deadMs: Arg; askedMs: Arg; calls: readonly { id: Arg; data: Arg; origin: Arg; replyTo: Arg; traceparent: Arg }[];
    };
  };
  swap: {
    keys: { hash: string };
    args: { field: Arg; seen: Arg; text: Arg };
  };
  sweep: {
    keys: {
      record: string; open: string; outbox: string; queued: string; ready: string; turns: string; dead: string;
      deadExpiry: string;
    };
    args: {
      id: Arg; recheckMs: Arg; requeueCheckMs: Arg; expiredCode: Arg; expiredEnvelope: Arg; lostCode: Arg;
      lostEnvelope: Arg; cancelledCode: Arg; cancelledEnvelope: Arg; lostEnding: Arg; neverEnvelope: Arg;
    };
  };
  take: {
    keys: { open: string; queued: string; ready: string; turns: string; tickets: string; took: string };
    args: { prefix: Arg; worker: Arg; leaseMs: Arg; digest: Arg; byTicket: Arg; tokenHashes: readonly Arg[] };
  };
  tally: {
    keys: { written: string };
    args: {
      batch: Arg; knownMs: Arg; prefix: Arg; most: Arg;
      tallies: readonly { stepMs: Arg; keepMs: Arg; start: Arg; name: Arg; text: Arg }[];
    };
  };
  turnaway: {
    keys: {
      record: string; open: string; outbox: string; queued: string; ready: string; turns: string; dead: string;
      deadExpiry: string;
    };
    args: { id: Arg; code: Arg; envelope: Arg; why: Arg };
  };
  unpack: {
    keys: { record: string };
  };
  watch: {
    keys: { record: string };
    args: { channel: Arg; live: Arg };
  };
  withdraw: {
    keys: { ready: string; took: string };
    args: { worker: Arg; digest: Arg; tokenHash: Arg };
  };
}

/** What `EVALSHA` is sent for a call: the hash of the script, how many keys there are, these, and the arguments. */
export const PACK: { [S in keyof ScriptCalls]: (call: ScriptCalls[S], sha: string) => string[] } = {
  advance: ({ keys, args }, sha) => [
    sha, '3', keys.due, keys.last, keys.late, text(args.schedule), text(args.id), text(args.at), text(args.nextAt),
    text(args.outcome), text(args.late),
  ],
  appendLogs: ({ keys, args }, sha) => [
    sha, '2', keys.record, keys.logs, text(args.id), text(args.attempt), text(args.before), text(args.lines),
  ],
  audit: ({ keys, args }, sha) => [sha, '1', keys.log, text(args.entry), text(args.keepMs), text(args.max)],
  beat: ({ keys, args }, sha) => [
    sha, '8', keys.seen, keys.members, keys.loads, keys.version, keys.leader, keys.format, keys.functions, keys.order,
    text(args.id), text(args.ttlMs), text(args.member), text(args.load ?? ''), text(args.version), text(args.leadMs),
    text(args.format ?? ''), text(args.functionsTtlMs ?? ''), text(args.outAt),
  ],
  cancel: ({ keys, args }, sha) => [
    sha, '8', keys.record, keys.open, keys.outbox, keys.queued, keys.ready, keys.turns, keys.dead, keys.deadExpiry,
    text(args.id), text(args.code), text(args.neverEnvelope), text(args.startedEnvelope), text(args.onlyWaiting),
  ],
  claimDelivery: ({ keys, args }, sha) => [
    sha, '5', keys.record, keys.delivery, keys.outbox, keys.receivers, keys.receiverQueue, text(args.id),
    text(args.receiver), text(args.holder), text(args.leaseMs),
  ],
  due: ({ keys, args }, sha) => [sha, '2', keys.due, keys.late, text(args.now), text(args.limit)],
  electLeader: ({ keys, args }, sha) => [sha, '1', keys.leader, text(args.who), text(args.ms)],
  enqueueCallback: ({ keys, args }, sha) => [
    sha, '3', keys.outbox, keys.receivers, keys.receiverQueue, text(args.id), text(args.receiver),
  ],
  expire: ({ keys, args }, sha) => [
    sha, '8', keys.record, keys.open, keys.outbox, keys.queued, keys.ready, keys.turns, keys.dead, keys.deadExpiry,
    text(args.id), text(args.expiredCode), text(args.expiredEnvelope), text(args.lostCode), text(args.lostEnvelope),
    text(args.graceMs),
  ],
  finish: ({ keys, args }, sha) => {
    const texts = [
      sha, '7', keys.open, keys.outbox, keys.queued, keys.ready, keys.turns, keys.dead, keys.deadExpiry,
      text(args.prefix), text(args.worker), text(args.leaseMs), text(args.digest), text(args.offered),
    ];
    for (const each of args.ends) texts.push(
      text(each.id), text(each.attempt), text(each.outcome), text(each.code), text(each.envelope), text(each.logs),
      text(each.used), text(each.tokenHash), text(each.functionName),
    );
    return texts;
  },
  fleetSnapshot: ({ args }, sha) => [sha, '0', text(args.question)],
  handback: ({ keys, args }, sha) => [
    sha, '5', keys.record, keys.open, keys.queued, keys.ready, keys.turns, text(args.id), text(args.attempt),
    text(args.tokenHash), text(args.checkMs),
  ],
  keep: ({ keys, args }, sha) => [sha, '1', keys.kept, text(args.bytes), text(args.droppedAt), text(args.max)],
  leave: ({ keys, args }, sha) => [
    sha, '6', keys.seen, keys.members, keys.loads, keys.version, keys.leader, keys.order, text(args.id),
  ],
  listed: ({ keys, args }, sha) => {
    const texts = [sha, '3', keys.schedules, keys.lastRuns, keys.due, text(args.env)];
    for (const each of args.ids) texts.push(text(each));
    return texts;
  },
  load: ({ keys, args }, sha) => {
    const texts = [sha, String(3 + keys.held.length), keys.queued, keys.ready, keys.turns];
    for (const each of keys.held) texts.push(each);
    texts.push(text(args.envPrefix));
    return texts;
  },
  note: ({ keys, args }, sha) => [sha, '1', keys.active, text(args.partition)],
  now: ({ keys }, sha) => [sha, '1', keys.any],
  order: ({ keys, args }, sha) => [
    sha, '3', keys.seen, keys.members, keys.order, text(args.worker), text(args.order), text(args.keepMs),
    text(args.channel), text(args.message),
  ],
  pause: ({ keys, args }, sha) => {
    const texts = [sha, String(3 * keys.lanes.length)];
    for (const each of keys.lanes) texts.push(each.queued, each.ready, each.turns);
    texts.push(text(args.verb), text(args.what), text(args.keepMs));
    return texts;
  },
  progress: ({ keys, args }, sha) => [sha, '1', keys.record, text(args.id), text(args.attempt), text(args.progress)],
  purge: ({ keys, args }, sha) => {
    const texts = [sha, '2', keys.dead, keys.deadExpiry];
    for (const each of args.letters) texts.push(text(each));
    return texts;
  },
  rates: ({ keys, args }, sha) => {
    const texts = [sha, String(keys.wholeAt.length)];
    for (const each of keys.wholeAt) texts.push(each);
    texts.push(text(args.count));
    for (const each of args.rates) texts.push(text(each.limit), text(each.windowMs));
    return texts;
  },
  redeliver: ({ keys, args }, sha) => [
    sha, '5', keys.record, keys.delivery, keys.outbox, keys.receivers, keys.receiverQueue, text(args.id),
    text(args.receiver),
  ],
  registered: ({ keys }, sha) => [sha, '2', keys.queues, keys.envs],
  release: ({ keys, args }, sha) => [sha, '2', keys.record, keys.open, text(args.id), text(args.attempt)],
  renew: ({ keys, args }, sha) => {
    const texts = [sha, '1', keys.open, text(args.prefix), text(args.leaseMs)];
    for (const each of args.calls) texts.push(text(each.id), text(each.attempt));
    return texts;
  },
  retry: ({ keys, args }, sha) => [
    sha, '5', keys.record, keys.open, keys.logs, keys.permits, keys.held, text(args.id), text(args.attempt),
    text(args.afterMs), text(args.outcome), text(args.code), text(args.envelope), text(args.ending), text(args.lines),
    text(args.used),
  ],
  room: ({ keys, args }, sha) => [sha, '2', keys.dead, keys.deadExpiry, text(args.env), text(args.maxKept)],
  schedule: ({ keys, args }, sha) => [
    sha, '3', keys.schedules, keys.due, keys.late, text(args.id), text(args.schedule), text(args.text),
    text(args.nextRunAt), text(args.max), text(args.maxBytes),
  ],
  serve: ({ keys, args }, sha) => {
    const texts = [sha, String(2 + keys.readyQueues.length), keys.serves, keys.servedBefore];
    for (const each of keys.readyQueues) texts.push(each);
    texts.push(text(args.worker), text(args.digest), text(args.before), text(args.keepMs), text(args.forgetMs));
    for (const each of args.functions) texts.push(text(each));
    return texts;
  },
  settleDelivery: ({ keys, args }, sha) => [
    sha, '5', keys.record, keys.delivery, keys.outbox, keys.receivers, keys.receiverQueue, text(args.id),
    text(args.receiver), text(args.holder), text(args.state), text(args.inMs), text(args.try ?? ''),
  ],
  submit: ({ keys, args }, sha) => {
    const texts = [
      sha, '13', keys.record, keys.open, keys.queued, keys.ready, keys.turns, keys.permits, keys.held, keys.idempotency,
      keys.functionCalls, keys.envCalls, keys.dead, keys.deadExpiry, keys.tickets, text(args.id),
      text(args.bodyHash ?? ''), text(args.idempotencyMs), text(args.maxQueued), text(args.expireAfterMs),
      text(args.firstCheckMs), text(args.maxListed), text(args.listedMs), text(args.functionName), text(args.priority),
      text(args.delayMs), text(args.runAt), text(args.maxOpen), text(args.letter ?? ''), text(args.mode),
      text(args.maxRunning ?? ''), text(args.isTicketed), text(args.env), text(args.dataBytes),
      text(args.maxWaitingBytes), text(args.maxDeadBytes ?? ''),
    ];
    for (const each of args.fields) texts.push(text(each));
    return texts;
  },
  submits: ({ keys, args }, sha) => {
    const texts = [
      sha, '7', keys.open, keys.queued, keys.ready, keys.turns, keys.functionCalls, keys.envCalls, keys.tickets,
      text(args.prefix), text(args.functionName), text(args.priority), text(args.mode), text(args.maxQueued),
      text(args.expireAfterMs), text(args.firstCheckMs), text(args.maxListed), text(args.listedMs),
      text(args.isTicketed), text(args.terms), text(args.retainMs), text(args.keepData), text(args.timeoutMs),
      text(args.deadMs), text(args.askedMs),
    ];
    for (const each of args.calls) texts.push(
      text(each.id), text(each.data), text(each.origin), text(each.replyTo), text(each.traceparent),
    );
    return texts;
  },
  swap: ({ keys, args }, sha) => [sha, '1', keys.hash, text(args.field), text(args.seen), text(args.text)],
  sweep: ({ keys, args }, sha) => [
    sha, '8', keys.record, keys.open, keys.outbox, keys.queued, keys.ready, keys.turns, keys.dead, keys.deadExpiry,
    text(args.id), text(args.recheckMs), text(args.requeueCheckMs), text(args.expiredCode), text(args.expiredEnvelope),
    text(args.lostCode), text(args.lostEnvelope), text(args.cancelledCode), text(args.cancelledEnvelope),
    text(args.lostEnding), text(args.neverEnvelope),
  ],
  take: ({ keys, args }, sha) => {
    const texts = [
      sha, '6', keys.open, keys.queued, keys.ready, keys.turns, keys.tickets, keys.took, text(args.prefix),
      text(args.worker), text(args.leaseMs), text(args.digest), text(args.byTicket),
    ];
    for (const each of args.tokenHashes) texts.push(text(each));
    return texts;
  },
  tally: ({ keys, args }, sha) => {
    const texts = [sha, '1', keys.written, text(args.batch), text(args.knownMs), text(args.prefix), text(args.most)];
    for (const each of args.tallies) texts.push(
      text(each.stepMs), text(each.keepMs), text(each.start), text(each.name), text(each.text),
    );
    return texts;
  },
  turnaway: ({ keys, args }, sha) => [
    sha, '8', keys.record, keys.open, keys.outbox, keys.queued, keys.ready, keys.turns, keys.dead, keys.deadExpiry,
    text(args.id), text(args.code), text(args.envelope), text(args.why),
  ],
  unpack: ({ keys }, sha) => [sha, '1', keys.record],
  watch: ({ keys, args }, sha) => [sha, '1', keys.record, text(args.channel), text(args.live)],
  withdraw: ({ keys, args }, sha) => [
    sha, '2', keys.ready, keys.took, text(args.worker), text(args.digest), text(args.tokenHash),
  ],
};

/** As the callers know them; a script that has another one is not loaded. */
export const HEADERS: { [S in keyof ScriptCalls]: string } = {
  advance: 'due, last, late | schedule, id, at, nextAt, outcome, late',
  appendLogs: 'record, logs | id, attempt, before, lines',
  audit: 'log | entry, keepMs, max',
  beat:
    'seen, members, loads, version, leader, format, functions, order | id, ttlMs, member, load?, version, leadMs, format?, functionsTtlMs?, outAt',
  cancel:
    'record, open, outbox, queued, ready, turns, dead, deadExpiry | id, code, neverEnvelope, startedEnvelope, onlyWaiting',
  claimDelivery: 'record, delivery, outbox, receivers, receiverQueue | id, receiver, holder, leaseMs',
  due: 'due, late | now, limit',
  electLeader: 'leader | who, ms',
  enqueueCallback: 'outbox, receivers, receiverQueue | id, receiver',
  expire:
    'record, open, outbox, queued, ready, turns, dead, deadExpiry | id, expiredCode, expiredEnvelope, lostCode, lostEnvelope, graceMs',
  finish:
    'open, outbox, queued, ready, turns, dead, deadExpiry | prefix, worker, leaseMs, digest, offered, ends[id, attempt, outcome, code, envelope, logs, used, tokenHash, functionName]',
  fleetSnapshot: ' | question',
  handback: 'record, open, queued, ready, turns | id, attempt, tokenHash, checkMs',
  keep: 'kept | bytes, droppedAt, max',
  leave: 'seen, members, loads, version, leader, order | id',
  listed: 'schedules, lastRuns, due | env, ids[]',
  load: 'queued, ready, turns, held[] | envPrefix',
  note: 'active | partition',
  now: 'any | ',
  order: 'seen, members, order | worker, order, keepMs, channel, message',
  pause: 'lanes[queued, ready, turns] | verb, what, keepMs',
  progress: 'record | id, attempt, progress',
  purge: 'dead, deadExpiry | letters[]',
  rates: 'wholeAt[] | count, rates[limit, windowMs]',
  redeliver: 'record, delivery, outbox, receivers, receiverQueue | id, receiver',
  registered: 'queues, envs | ',
  release: 'record, open | id, attempt',
  renew: 'open | prefix, leaseMs, calls[id, attempt]',
  retry: 'record, open, logs, permits, held | id, attempt, afterMs, outcome, code, envelope, ending, lines, used',
  room: 'dead, deadExpiry | env, maxKept',
  schedule: 'schedules, due, late | id, schedule, text, nextRunAt, max, maxBytes',
  serve: 'serves, servedBefore, readyQueues[] | worker, digest, before, keepMs, forgetMs, functions[]',
  settleDelivery: 'record, delivery, outbox, receivers, receiverQueue | id, receiver, holder, state, inMs, try?',
  submit:
    'record, open, queued, ready, turns, permits, held, idempotency, functionCalls, envCalls, dead, deadExpiry, tickets | id, bodyHash?, idempotencyMs, maxQueued, expireAfterMs, firstCheckMs, maxListed, listedMs, functionName, priority, delayMs, runAt, maxOpen, letter?, mode, maxRunning?, isTicketed, env, dataBytes, maxWaitingBytes, maxDeadBytes?, fields[]',
  submits:
    'open, queued, ready, turns, functionCalls, envCalls, tickets | prefix, functionName, priority, mode, maxQueued, expireAfterMs, firstCheckMs, maxListed, listedMs, isTicketed, terms, retainMs, keepData, timeoutMs, deadMs, askedMs, calls[id, data, origin, replyTo, traceparent]',
  swap: 'hash | field, seen, text',
  sweep:
    'record, open, outbox, queued, ready, turns, dead, deadExpiry | id, recheckMs, requeueCheckMs, expiredCode, expiredEnvelope, lostCode, lostEnvelope, cancelledCode, cancelledEnvelope, lostEnding, neverEnvelope',
  take: 'open, queued, ready, turns, tickets, took | prefix, worker, leaseMs, digest, byTicket, tokenHashes[]',
  tally: 'written | batch, knownMs, prefix, most, tallies[stepMs, keepMs, start, name, text]',
  turnaway: 'record, open, outbox, queued, ready, turns, dead, deadExpiry | id, code, envelope, why',
  unpack: 'record | ',
  watch: 'record | channel, live',
  withdraw: 'ready, took | worker, digest, tokenHash',
};
