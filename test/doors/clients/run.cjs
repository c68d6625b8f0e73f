/**
 * Runs one of the vendors' packages, as its user would, and tells what each call came to: settings and calls as JSON on
 * stdin, results as JSON in the last line of stdout. `node run.cjs <client>`, a client being a file beside this one.
 */
const path = require('node:path');

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const { settings, calls } = JSON.parse(Buffer.concat(chunks).toString());
  // A client reads some of these when it is loaded, others at each call.
  Object.assign(process.env, settings.env);
  const client = await require(path.join(__dirname, `${process.argv[2]}.cjs`))(settings);
  const results = [];
  for (const call of calls) results.push(await told(() => client(call)));
  // The SDKs keep sockets and timers; whoever asked has all there is to know.
  process.stdout.write(`\n${JSON.stringify(results)}\n`, () => process.exit(0));
}

async function told(call) {
  const from = Date.now();
  try {
    return { value: await call(), ms: Date.now() - from };
  } catch (error) {
    return { error: shown(error), ms: Date.now() - from };
  }
}

function shown(error) {
  if (typeof error !== 'object' || error === null) return { message: String(error) };
  const { name, message, code, errCode, errMsg, requestId, requestID } = error;
  return { name, message, code, errCode, errMsg, requestId, requestID, isError: error instanceof Error };
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
