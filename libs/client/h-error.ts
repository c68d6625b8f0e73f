/** The error of MinApp's SDKs: `code` is a number, `message` is "<code>: <text>". */

/** What the SDK says of its own codes (doc.minapp.com, js-sdk/error-code). */
const TEXTS: Readonly<Record<number, string>> = {
  600: 'network disconnected',
  601: 'request timeout',
  602: 'uninitialized',
  605: 'incorrect parameter type',
};

export class HError extends Error {
  /** The HTTP status of a refusal; 600: no network, 601: no answer in time, 602: before init, 605: a wrong argument. */
  readonly code: number;
  /** Of the call, when there is one. The original has none. */
  readonly requestID?: string;

  constructor(code: number, text?: string, details: { requestID?: string; cause?: unknown } = {}) {
    super(`${code}: ${text || TEXTS[code] || 'unknown error'}`, details.cause ? { cause: details.cause } : undefined);
    this.name = 'HError';
    this.code = code;
    if (details.requestID !== undefined) this.requestID = details.requestID;
  }
}
