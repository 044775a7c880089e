// Every process that a test starts is known by its id, and is ended by it, whatever happens to the test.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const running = new Set();
const directories = new Set();

/** Starts a program whose end is seen to. Its last output is kept in `lines`. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  child.lines = [];
  child.ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
    child.once('error', (error) => {
      running.delete(child);
      child.lines.push(String(error));
      resolve({ code: -1, signal: null });
    });
  });
  running.add(child);
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (text) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop();
      for (const line of parts) {
        child.lines.push(line);
        if (child.lines.length > 400) child.lines.shift();
        child.emit('line', line);
      }
    });
  }
  return child;
}

/** Resolves with the first line of output that `wanted` turns into something. */
export function lineOf(child, wanted, what, ms = 30_000) {
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`${what}: ${why}\n${child.lines.slice(-20).join('\n')}`));
    const timer = setTimeout(() => fail(`nothing after ${ms} ms`), ms);
    const look = (line) => {
      const found = wanted(line);
      if (found) {
        clearTimeout(timer);
        child.off('line', look);
        resolve(found);
      }
    };
    child.on('line', look);
    child.ended.then(({ code, signal }) => {
      clearTimeout(timer);
      fail(`ended with ${code ?? signal}`);
    });
    child.lines.forEach(look);
  });
}

/** The ids of a process and of all that descend from it. */
export function tree(pid) {
  const children = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // It ended while we looked.
    }
  }
  const all = [pid];
  for (let i = 0; i < all.length; i += 1) all.push(...(children.get(all[i]) ?? []));
  return all;
}

/** SIGKILL, at once, to every one of `pids`. */
export function killAll(pids) {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  }
}

/** Resolves when none of `pids` runs any more. */
export async function gone(pids, ms = 10_000) {
  const end = Date.now() + ms;
  const lives = (pid) => {
    try {
      return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  };
  while (pids.some(lives)) {
    if (Date.now() > end) throw new Error(`still running: ${pids.filter(lives).join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A directory of one's own, removed when the tests end (`KEEP=1` keeps it). */
export function scratch(name) {
  const dir = mkdtempSync(join(tmpdir(), `barrow-${name}-`));
  directories.add(dir);
  return dir;
}

/** Removes a directory that `scratch` made. */
export function discard(dir) {
  if (process.env.KEEP || !directories.delete(dir)) return;
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

process.once('exit', () => {
  for (const child of running) if (child.pid) killAll(tree(child.pid));
  for (const dir of directories) {
    try {
      discard(dir);
    } catch {
      // A leftover in the temp directory is no reason to fail.
    }
  }
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
