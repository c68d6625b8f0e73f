/**
 * Which web pages may call (CORS). None by default: on a machine without a keys file any page that its owner looks at could
 * run functions. Keys travel in headers, never in cookies, so to allow credentials (the js-sdk asks for it) gives nothing.
 */
/** All that the routes have. */
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];
/** A page may read these of our answers. */
const EXPOSED = [
  'X-Request-Id',
  'X-Function-Error',
  'Location',
  'Retry-After',
  'Preference-Applied',
  'X-Invoq-Log-Result',
  'RateLimit',
  'RateLimit-Policy',
  'Allow',
];
/** How long a browser may remember a preflight, s. */
const MAX_AGE_S = 600;

/** `origins`: as browsers send them; `*` is any. */
export function corsOptions(origins: readonly string[]): {
  origin: true | string[];
  methods: string[];
  credentials: boolean;
  exposedHeaders: string[];
  maxAge: number;
} {
  return {
    // `true` names the page's own origin in the answer, which credentials need; a bare `*` would not do.
    origin: origins.includes('*') ? true : [...origins],
    methods: METHODS,
    credentials: true,
    exposedHeaders: EXPOSED,
    maxAge: MAX_AGE_S,
  };
}
