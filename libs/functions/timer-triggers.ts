/** Timer triggers of CloudBase: `[{"name", "type": "timer", "config": "<seven fields>"}]`. Their clock is that of UTC+8. */
import { type TimerTrigger, TRIGGER_NAME, TRIGGER_TIMEZONE } from '@invoq/contract/function';
import { cronError } from '@invoq/policy/cron';

const MAX_TRIGGERS = 20;

/** The triggers that can be served; whatever else stands there is named in `faults`. */
export function readTriggers(value: unknown, path: string, faults: string[]): TimerTrigger[] {
  if (!Array.isArray(value) || value.length > MAX_TRIGGERS) {
    faults.push(`${path}: must be a list of at most ${MAX_TRIGGERS} triggers`);
    return [];
  }
  const triggers: TimerTrigger[] = [];
  value.forEach((each: unknown, i) => {
    const trigger = readTrigger(each, `${path}.${i}`);
    if ('fault' in trigger) faults.push(trigger.fault);
    else if (triggers.some(({ name }) => name === trigger.name)) faults.push(`${path}.${i}.name: stands there twice`);
    else triggers.push(trigger);
  });
  return triggers;
}

function readTrigger(value: unknown, path: string): TimerTrigger | { fault: string } {
  const { name, type = 'timer', config } = (value ?? {}) as Record<string, unknown>;
  if (type !== 'timer') return { fault: `${path}.type: only timer triggers are served` };
  if (typeof name !== 'string' || !TRIGGER_NAME.test(name))
    return { fault: `${path}.name: must be letters, digits, _ and -, 60 at most` };
  const fault = typeof config === 'string' ? cronError(config, TRIGGER_TIMEZONE) : { rule: 'must be a string' };
  return fault ? { fault: `${path}.config: ${fault.rule}` } : { name, cron: config as string };
}
