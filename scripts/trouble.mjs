/** How the scripts speak: a line for each step, and one clear line when something cannot be done. */

/** What a person can mend. Its message is a whole line; no stack is shown. */
export class Trouble extends Error {}

/** Says that a step begins or what came of it. */
export function say(text) {
  console.log(`- ${text}`);
}

/** Says what went wrong: a Trouble by its line, anything else with its stack. The script will end with exit code 1. */
export function report(error) {
  console.error(error instanceof Trouble ? `! ${error.message}` : error);
  process.exitCode = 1;
}

/** Runs a script's story, and reports what stops it. */
export async function tell(story) {
  try {
    await story();
  } catch (error) {
    report(error);
  }
}
