import { readAttempts } from './kept-attempts';

const last = { status: 'failed', attempt: 1, startedAt: 1_000, finishedAt: 2_000, worker: 'w' } as const;

it.each([
  ['an error without type and message', '{"code":1,"data":null,"error":{},"requestID":"r"}', { message: '' }],
  ['no error', '{"code":1,"data":null,"requestID":"r"}', undefined],
  ['no JSON', '{"code":0,"data":this is not json}', undefined],
  ['an error', '{"code":1,"error":{"type":"FUNCTION_ERROR","message":"m"}}', { type: 'FUNCTION_ERROR', message: 'm' }],
])('a record whose envelope has %s can be read', (_, envelope, error) => {
  expect(readAttempts(undefined, { ...last, envelope }).list).toEqual([
    expect.objectContaining({ attempt: 1, outcome: 'failed', error }),
  ]);
});
