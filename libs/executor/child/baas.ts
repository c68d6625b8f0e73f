/**
 * The global `BaaS` of MinApp functions, as far as it calls other functions and other services. What needs MinApp itself says so. It goes through the API, by the token of this
 * very call, which it reads from the environment each time.
 */

import { provideMissing } from './baas-missing';
import { request } from './baas-request';
import { defineProperty, fetch, parse, stringify, URL } from '../pipe/primordials';

/** As `BaaS.invoke` resolves: code 0 is a success. Of an async call `data` is `{status:'ok', job_id}`. */
interface Result {
  code: number;
  data: unknown;
  error: { message?: string; type?: string; stack?: string };
}

/** As `BaaS.invokeFunction` resolves: the whole HTTP response. */
interface Response {
  data: Result;
  status: number;
  statusText: string;
  headers: Record<string, string>;
}

/** Numbers of MinApp's: https://doc.minapp.com/js-sdk/error-code.html */
const NO_CONNECTION = 600;
const NOT_IN_A_CALL = 602;
const NO_NAME = 605;

const PATH = '/hserve/v1/cloud-function/job/';

class HError extends Error {
  constructor(
    readonly code: number,
    text: string,
  ) {
    super(`${code}: ${text}`);
    this.name = 'HError';
  }
}

export function provideBaas(): void {
  const invoke = (name: string, data?: unknown, sync?: boolean | null): Promise<Result> =>
    call(name, data, sync).then((response) => response.data);
  // There is one version of it here.
  const useVersion = (): void => undefined;
  const BaaS = { invoke, invokeFunction: call, request, useVersion };
  provideMissing(BaaS);
  // Not listed among the globals, as those of the platform are not.
  defineProperty(globalThis, 'BaaS', { value: BaaS, configurable: true, writable: true });
}

/** No name is thrown at once, as the original does; everything else is a rejection. */
function call(name: string, data?: unknown, sync?: boolean | null): Promise<Response> {
  if (typeof name !== 'string' || name === '') throw new HError(NO_NAME, 'function name is required');
  return send(stringify({ function_name: name, data, sync: sync ?? true }));
}

async function send(body: string): Promise<Response> {
  const { INVOQ_URL: url, INVOQ_TOKEN: token } = process.env;
  if (!url || !token) throw new HError(NOT_IN_A_CALL, 'there is no call under way');
  let response: globalThis.Response;
  let text: string;
  try {
    response = await fetch(new URL(PATH, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    });
    text = await response.text();
  } catch (error) {
    throw new HError(NO_CONNECTION, reasonOf(error));
  }
  const { status, statusText } = response;
  const answer = parsed(text) as { error_msg?: string } & Result;
  if (status >= 300) throw new HError(status, answer.error_msg ?? 'unknown error');
  return { data: answer, status, statusText, headers: Object.fromEntries(response.headers) };
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return {};
  }
}

/** fetch says "fetch failed"; what failed is its cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message: string; cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || message;
}
