/** The mincloud command line 1.2.3, as it is typed. */
import { join } from 'node:path';
import type { Stack } from '../harness/stack';
import { CLIENTS, KEY, type Ran, runNode, startVendorStack } from './vendor-stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startVendorStack();
}, 60_000);

const mincloud = (args: string[], token = KEY): Promise<Ran> =>
  runNode([join(CLIENTS, 'node_modules/mincloud/bin/faas-cli.js'), ...args], '', {
    mincloud_base_url: stack.url,
    mincloud_client_id: 'client-1',
    mincloud_tokens: `client-1:${token}`,
  });

test('invoke prints the result, the log and what the run took', async () => {
  const { stdout, code } = await mincloud(['invoke', 'helloWorld', '{"name":"cli"}']);
  expect(code).toBe(0);
  expect(stdout).toContain('测试结果：成功');
  expect(stdout).toContain('hello cli');
  expect(stdout).toMatch(/任务 ID：[0-9a-f-]{36}/);
  expect(stdout).toMatch(/运行时间：[\d.]+ ms/);
  expect(stdout).toMatch(/占用内存：[1-9]\d*\.\d+MB/);
  expect(stdout).toMatch(/\d{4}-\d\d-\d\dT\S+Z INFO \{ name: 'cli' \}/);
}, 60_000);

test('invoke --json prints the body', async () => {
  const { stdout } = await mincloud(['--json', 'invoke', 'helloWorld', '{"name":1}']);
  const body = JSON.parse(stdout.split('\n').find((line) => line.startsWith('{'))!);
  expect(body).toEqual({
    code: 0,
    data: 'hello 1',
    error: {},
    job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    execution_time: expect.any(Number),
    billing_time: expect.any(Number),
    mem_usage: expect.any(Number),
    log: expect.stringMatching(/ INFO \{ name: 1 \}$/),
  });
  expect(body.mem_usage).toBeGreaterThan(10_000_000);
}, 60_000);

test('a function that fails is told, with its stack and its log, and exit code 0', async () => {
  const { stdout, code } = await mincloud(['invoke', 'rejects']);
  expect(code).toBe(0);
  expect(stdout).toContain('测试结果：失败');
  expect(stdout).toContain('错误类型：TypeError');
  expect(stdout).toContain('错误信息：nope');
  expect(stdout).toContain('WARN about to fail');
}, 60_000);

test('a function past its limit', async () => {
  const { stdout, code } = await mincloud(['invoke', 'hangsToo']);
  expect(code).toBe(0);
  expect(stdout).toContain('错误类型：TimeoutError');
}, 60_000);

test('--env', async () => {
  const { stdout } = await mincloud(['--json', '--env', 'prod', 'invoke', 'tellsItsEvent']);
  expect(stdout).toContain('"env":{"id":"prod","name":"prod"}');
  expect((await mincloud(['--env', 'elsewhere', 'invoke', 'tellsItsEvent'])).code).toBe(1);
}, 60_000);

test('an unknown function and a wrong token end with exit code 1', async () => {
  const missing = await mincloud(['invoke', 'missing']);
  expect(missing.code).toBe(1);
  expect(missing.stdout + missing.stderr).toContain('不存在');
  expect((await mincloud(['invoke', 'helloWorld'], 'app.wrong')).code).toBe(1);
}, 60_000);
