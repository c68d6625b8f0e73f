/** What Prometheus' own checker says of the files for it, and the unit tests of the alerts. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { programHere } from '../harness/program-here';
import { PROMETHEUS, RULES, RULE_TESTS } from './alert-rules';

const checks = programHere('promtool', 'checks of the alerts', 'prometheus') ? test : test.skip;

checks.each([
  ['the rules are valid', ['check', 'rules', RULES]],
  ['the sample configuration is valid', ['check', 'config', join(PROMETHEUS, 'prometheus.yml')]],
  ['that of the containers is valid', ['check', 'config', join(PROMETHEUS, 'compose.yml')]],
  ['each alert is raised when it should be, with its texts', ['test', 'rules', RULE_TESTS]],
])('%s', (_, args) => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', timeout: 20_000 });
  expect(stdout + stderr).toContain('SUCCESS');
  expect({ status, said: stdout + stderr }).toMatchObject({ status: 0 });
});
