/** Why a connection to Redis fails: what waiting does not mend, and what may mend itself. */

const REFUSED = /^(WRONGPASS|NOAUTH|NOPERM|DENIED)\b/;
const NO_DATABASE = /DB index|SELECT is not allowed in cluster mode/i;
/** Node's and OpenSSL's codes for a certificate that is not trusted, and for a server that speaks no TLS. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|^ERR_SSL_|^ERR_TLS_|EPROTO/;

/** The fault of the node, which a Redis Cluster's client wraps in one of its own. */
export function rootOf(error: Error): Error {
  const { lastNodeError } = error as { lastNodeError?: Error };
  return lastNodeError ?? error;
}

export function isDatabaseError(error: Error): boolean {
  return error.name === 'ReplyError' && NO_DATABASE.test(error.message);
}

/** Does waiting not help? */
export function isFinal(error: Error): boolean {
  return isRefusal(error) || isDatabaseError(error) || isCertificateError(error);
}

/** What an operator reads: the fault, and what to look at. */
export function finalFaultLine(error: Error): string {
  const [said] = error.message.trim().split('\n');
  if (isDatabaseError(error)) return `Redis has no such database: ${said}. Check the number in REDIS_URL.`;
  if (isCertificateError(error)) {
    return `The TLS connection to Redis fails: ${said}. Check rediss in REDIS_URL, INVOQ_REDIS_CA, INVOQ_REDIS_CERT and INVOQ_REDIS_KEY.`;
  }
  if (error.message.startsWith('NOPERM')) {
    return `The user in REDIS_URL lacks a right: ${said}. docs/operations.md lists the rights that Invoq needs.`;
  }
  return `Redis does not let us in: ${said}. Check the user and the password in REDIS_URL.`;
}

function isRefusal(error: Error): boolean {
  return error.name === 'ReplyError' && REFUSED.test(error.message);
}

function isCertificateError(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && CERTIFICATE.test(code);
}
