/** `BaaS.request` of MinApp functions: requests to other services, as axios has them, as far as functions use it. */
import { fetch, parse, stringify, URL } from '../pipe/primordials';

interface RequestConfig {
  url: string;
  baseURL?: string;
  method?: string;
  headers?: Record<string, string>;
  params?: Record<string, unknown>;
  data?: unknown;
  /** ms; 0: none. */
  timeout?: number;
  responseType?: 'json' | 'text' | 'arraybuffer';
  validateStatus?: (status: number) => boolean;
}

interface RequestAnswer {
  data: unknown;
  status: number;
  statusText: string;
  headers: Record<string, string>;
  config: RequestConfig;
}

type Config = Omit<RequestConfig, 'url'>;
type Send = (url: string, config?: Config) => Promise<RequestAnswer>;
type SendWithData = (url: string, data?: unknown, config?: Config) => Promise<RequestAnswer>;

const plain =
  (method: string): Send =>
  (url, config) =>
    send({ ...config, url, method });
const withData =
  (method: string): SendWithData =>
  (url, data, config) =>
    send({ ...config, url, data, method });

function ask(first: string | RequestConfig, config?: Config): Promise<RequestAnswer> {
  return send(typeof first === 'string' ? { ...config, url: first } : first);
}

export const request = Object.assign(ask, {
  request: send,
  get: plain('get'),
  delete: plain('delete'),
  head: plain('head'),
  options: plain('options'),
  post: withData('post'),
  put: withData('put'),
  patch: withData('patch'),
});

/** Rejects like axios: with `response` for a status that is not accepted, with `code` when there was no answer. */
async function send(config: RequestConfig): Promise<RequestAnswer> {
  const { method = 'get', timeout = 0, validateStatus = isSuccess } = config;
  const { body, type } = bodyOf(config.data);
  const headers = new Headers(config.headers);
  if (type !== undefined && !headers.has('content-type')) headers.set('content-type', type);
  if (!headers.has('accept')) headers.set('accept', 'application/json, text/plain, */*');
  const signal = timeout > 0 ? AbortSignal.timeout(timeout) : undefined;
  let response: Response;
  let data: unknown;
  try {
    response = await fetch(addressOf(config), { method: method.toUpperCase(), headers, body, signal });
    data = await dataOf(response, config.responseType);
  } catch (error) {
    const { message, cause, name } = error as Error & { cause?: { message?: string; code?: string } };
    if (name === 'TimeoutError') throw failure(`timeout of ${timeout}ms exceeded`, { code: 'ECONNABORTED', config });
    throw failure(cause?.message || cause?.code || message, { code: cause?.code, config, cause: error });
  }
  const { status, statusText } = response;
  const answer = { data, status, statusText, headers: Object.fromEntries(response.headers), config };
  if (validateStatus(status)) return answer;
  throw failure(`Request failed with status code ${status}`, { config, response: answer });
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function failure(message: string, more: object): Error {
  return Object.assign(new Error(message), more);
}

function addressOf({ url, baseURL, params = {} }: RequestConfig): URL {
  const address = new URL(url, baseURL);
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === null) continue;
    address.searchParams.append(name, typeof value === 'string' ? value : stringify(value));
  }
  return address;
}

function bodyOf(data: unknown): { body?: RequestInit['body']; type?: string } {
  if (data === undefined || data === null) return {};
  if (typeof data === 'string') return { body: data, type: 'application/x-www-form-urlencoded' };
  const isBody =
    data instanceof URLSearchParams || data instanceof FormData || data instanceof Blob || ArrayBuffer.isView(data);
  return isBody ? { body: data as RequestInit['body'] } : { body: stringify(data), type: 'application/json' };
}

async function dataOf(response: Response, type: RequestConfig['responseType']): Promise<unknown> {
  if (type === 'arraybuffer') return Buffer.from(await response.arrayBuffer());
  const text = await response.text();
  if (type === 'text') return text;
  try {
    return parse(text) as unknown;
  } catch {
    return text;
  }
}
