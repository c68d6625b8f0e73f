import { rateLimitHeaders } from './rate-limit-headers';

describe('rateLimitHeaders', () => {
  it('says nothing where nothing is limited', () => {
    expect(rateLimitHeaders([])).toEqual({});
    expect(rateLimitHeaders(undefined)).toEqual({});
  });

  it('tells each limit by its name, in whole seconds', () => {
    expect(
      rateLimitHeaders([
        { name: 'key-rate', limit: 100, windowMs: 1_000, remaining: 57, wholeInMs: 430 },
        { name: 'function-rate', limit: 5_000, windowMs: 3_600_000, remaining: 0, wholeInMs: 3_599_100 },
      ]),
    ).toEqual({
      'ratelimit-policy': '"key-rate";q=100;w=1, "function-rate";q=5000;w=3600',
      ratelimit: '"key-rate";r=57;t=1, "function-rate";r=0;t=3600',
    });
  });

  it('tells the unit of what is counted by those at work', () => {
    expect(rateLimitHeaders([{ name: 'function-concurrency', limit: 2, remaining: 0 }])).toEqual({
      'ratelimit-policy': '"function-concurrency";q=2;qu="concurrent-requests"',
      ratelimit: '"function-concurrency";r=0',
    });
    expect(rateLimitHeaders([{ name: 'queue-depth', limit: 9, remaining: 0 }])['ratelimit-policy']).toBe(
      '"queue-depth";q=9',
    );
  });
});
