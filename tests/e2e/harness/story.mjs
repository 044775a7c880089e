// A test of several steps, each of which goes on where the one before ended.

/** Gives `step(name, run)`: after a step that failed, those that build on it are skipped, and say why. */
export function story(t) {
  let broken;
  return async (name, run) => {
    if (broken) return t.test(name, { skip: `"${broken}" failed before it` }, () => {});
    return t.test(name, async (t) => {
      try {
        await run(t);
      } catch (error) {
        broken = name;
        throw error;
      }
    });
  };
}
