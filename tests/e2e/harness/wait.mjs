// Waiting for what should become true, and saying what it was when it does not.

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks `question` again and again until its answer is truthy, and gives the answer. `context`, when given, is asked once
 * at the end for what stands in the message.
 */
export async function until(question, what, { ms = 15_000, every = 50, context } = {}) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      const answer = await question();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      if (error.name === 'NoSuchSessionError' || error.code === 'ECONNREFUSED') throw error;
      last = error;
    }
    if (Date.now() > end) {
      const around = context ? `\n${await context().catch((error) => `(no context: ${error.message})`)}` : '';
      throw new Error(`waited ${ms} ms for: ${what} (last: ${last instanceof Error ? last.message : JSON.stringify(last)})${around}`);
    }
    await pause(every);
  }
}
