import { withoutUnused } from './script-text';

test('keeps what is called, also by what is called, and drops the rest', () => {
  const script = [
    '#!lua flags=allow-oom',
    '-- What it does: see `unused`.',
    'local function inner(a)',
    '  -- a comment',
    "  return a .. '--'",
    'end',
    '',
    'local function outer(a)',
    '  if a then',
    '    return inner(a)',
    '  end',
    'end',
    '',
    'local function last()',
    '  return unused',
    'end',
    'local function itself(n)',
    '  return itself(n - 1)',
    'end',
    'return outer(ARGV[1])',
  ].join('\n');
  const lines = withoutUnused(script).split('\n');
  expect(lines[0]).toBe('#!lua flags=allow-oom');
  expect(lines).toContain('local function inner(a)');
  expect(lines).toContain("  return a .. '--'");
  expect(lines).toContain('local function outer(a)');
  expect(lines.at(-1)).toBe('return outer(ARGV[1])');
  expect(lines.join()).not.toMatch(/unused|itself|comment|last/);
});

test('what only an unused function calls goes with it', () => {
  const script = 'local function inner()\nend\nlocal function outer()\n  inner()\nend\nreturn 1';
  expect(withoutUnused(script)).toBe('return 1');
});
