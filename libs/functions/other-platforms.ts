/** Functions of platforms whose way of registering a handler is not served: named for what they are, not met by their callers. */

const PLATFORMS: { sign: RegExp; name: string }[] = [
  { sign: /['"]@google-cloud\/functions-framework['"]/, name: 'functions-framework (http(), cloudEvent())' },
  { sign: /['"]@azure\/functions['"]/, name: '@azure/functions (app.http(), app.timer())' },
];
const EXPORTS_A_HANDLER =
  /\bexports\.(main|handler|default)\b|\bmodule\.exports\s*=|\bexport\s+default\b|\bexport\s+[^;]*\b(main|handler)\b/;

/** Why this text is no function of ours; undefined: it may be one. */
export function otherPlatform(text: string): string | undefined {
  const found = PLATFORMS.find(({ sign }) => sign.test(text));
  if (!found || EXPORTS_A_HANDLER.test(text)) return undefined;
  return `registers its handler with ${found.name}, which is not served: export it as exports.main, a function of (event, context)`;
}
