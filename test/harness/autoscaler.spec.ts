import { Autoscaler, type ScalingRules } from './autoscaler';

const RULES: ScalingRules = {
  min: 1,
  max: 10,
  depthPerWorker: 20,
  runningPerWorker: 3,
  scaleDownWindowMs: 30_000,
  cooldownMs: 60_000,
};
const scaler = (rules: Partial<ScalingRules> = {}): Autoscaler => new Autoscaler({ ...RULES, ...rules });

it('the trigger that wants more workers decides', () => {
  expect(scaler().decide(0, { depth: 61, running: 3 }, 2)).toBe(4);
  expect(scaler().decide(0, { depth: 0, running: 12 }, 2)).toBe(4);
  expect(scaler().decide(0, { depth: 0, running: 0 }, 1)).toBe(1);
});

it('what is off by a tenth or less changes nothing', () => {
  expect(scaler().decide(0, { depth: 43 }, 2)).toBe(2);
  expect(scaler().decide(0, { depth: 45 }, 2)).toBe(3);
});

it('grows to twice the workers or by four in a step, and never beyond its limits', () => {
  expect(scaler().decide(0, { depth: 5_000 }, 1)).toBe(5);
  expect(scaler().decide(0, { depth: 5_000 }, 5)).toBe(10);
  expect(scaler({ max: 3 }).decide(0, { depth: 5_000 }, 1)).toBe(3);
  expect(scaler({ min: 2 }).decide(0, { depth: 0 }, 2)).toBe(2);
});

it('shrinks to the most that was wanted in the window', () => {
  const one = scaler();
  expect(one.decide(0, { depth: 100 }, 5)).toBe(5);
  expect(one.decide(10_000, { depth: 40 }, 5)).toBe(5);
  expect(one.decide(29_999, { depth: 0 }, 5)).toBe(5);
  expect(one.decide(30_000, { depth: 0 }, 5)).toBe(2);
  expect(one.decide(60_000, { depth: 0 }, 2)).toBe(1);
});

it('from 0 the first call starts one; the last one goes when nothing was there for the cooldown', () => {
  const one = scaler({ min: 0 });
  expect(one.decide(0, { depth: 0 }, 0)).toBe(0);
  expect(one.decide(1_000, { depth: 500 }, 0)).toBe(1);
  expect(one.decide(2_000, { depth: 0 }, 1)).toBe(1);
  expect(one.decide(60_999, { depth: 0 }, 1)).toBe(1);
  expect(one.decide(61_000, { depth: 0 }, 1)).toBe(0);
});
