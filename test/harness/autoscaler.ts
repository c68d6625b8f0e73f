/**
 * How many workers there should be, as KEDA and the HorizontalPodAutoscaler behind it decide with the triggers of the chart
 * (deploy/helm/invoq/templates/worker-scaling.yaml). Pure: time and load are handed in.
 */
export interface ScalingRules {
  min: number;
  max: number;
  /** A worker for so many calls that wait. */
  depthPerWorker: number;
  /** A worker for so many calls that run: its slots, times the share of them that should be at work. */
  runningPerWorker: number;
  /** A fleet shrinks to the most that it needed in so long, ms. */
  scaleDownWindowMs: number;
  /** With `min: 0`: from the last work until the last worker goes, ms. */
  cooldownMs: number;
}

export interface Load {
  depth: number;
  running?: number;
}

/** The HPA leaves as it is what is off by so little. */
const TOLERANCE = 0.1;
/** The HPA grows in one step to twice the pods, or by so many. */
const STEP = 4;

export class Autoscaler {
  private wanted: { at: number; count: number }[] = [];
  private workedAt = -Infinity;

  constructor(private readonly rules: ScalingRules) {}

  /** @param current workers that are there or start, without those that drain. */
  decide(now: number, load: Load, current: number): number {
    const { min, max, cooldownMs } = this.rules;
    const { depth, running = 0 } = load;
    const isActive = depth > 0 || running > 0;
    if (isActive) this.workedAt = now;
    // KEDA alone decides between 0 and 1; the HPA knows no 0.
    if (current === 0) return Math.min(max, Math.max(min, isActive ? 1 : 0));
    if (min === 0 && now - this.workedAt >= cooldownMs) return 0;
    const wanted = Math.max(
      this.by(depth, this.rules.depthPerWorker, current),
      this.by(running, this.rules.runningPerWorker, current),
    );
    const reachable = Math.min(wanted, Math.max(current * 2, current + STEP));
    return Math.min(max, Math.max(min, 1, this.stable(now, reachable)));
  }

  private by(value: number, perWorker: number, current: number): number {
    const isNear = Math.abs(value / perWorker / current - 1) <= TOLERANCE;
    return isNear ? current : Math.ceil(value / perWorker);
  }

  /** The most that was wanted in the window: no fleet shrinks for a moment of quiet. */
  private stable(now: number, count: number): number {
    this.wanted = this.wanted.filter(({ at }) => now - at < this.rules.scaleDownWindowMs);
    this.wanted.push({ at: now, count });
    return Math.max(...this.wanted.map((each) => each.count));
  }
}
