// A second build of the same till: every hashed file has another name and other bytes, as after a release.
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { filesBelow } from './profile-files.mjs';
import { scratch } from './processes.mjs';

const TEXT = /\.(?:js|css|html|webmanifest|json|svg)$/;
const HASHED = /-([0-9a-f]{12,64})(?=[._])/;
const digests = (bytes) =>
  ['sha256', 'sha384', 'sha512'].map((name) => `${name}-${createHash(name).update(bytes).digest('base64')}`);

/** Copies `dist` and rewrites its till into another version of itself, marked by `mark`. Gives the copy's directory. */
export function anotherBuild(dist, mark) {
  const copy = scratch('dist');
  cpSync(dist, copy, { recursive: true });
  const root = join(copy, 'till');
  const files = new Map();
  for (const path of filesBelow(root)) {
    // The packed copies would be stale; the server sends the plain ones.
    if (/\.(?:br|gz)$/.test(path)) rmSync(path);
    else files.set(path, readFileSync(path));
  }
  const names = new Map();
  for (const path of files.keys()) {
    const hash = HASHED.exec(basename(path))?.[1];
    if (hash) names.set(hash, createHash('sha256').update(mark + hash).digest('hex').slice(0, hash.length));
  }
  const changed = new Map();
  const rewrite = (path, bytes) => {
    if (!TEXT.test(path)) return bytes;
    let text = bytes.toString('utf8');
    for (const [old, fresh] of names) text = text.replaceAll(old, fresh);
    for (const [other, was] of files) {
      const now = changed.get(other);
      if (!now || other === path) continue;
      const [before, after] = [digests(was), digests(now)];
      before.forEach((digest, i) => {
        text = text.replaceAll(digest, after[i]);
      });
    }
    if (/\.(?:js|css)$/.test(path)) text += `\n/* ${mark} */\n`;
    return Buffer.from(text);
  };
  // A file's digest stands in others, whose digests stand in others again: as many rounds as that goes deep.
  for (let round = 0; round < 5; round += 1) {
    for (const [path, bytes] of files) changed.set(path, rewrite(path, bytes));
  }
  for (const [path, bytes] of changed) {
    writeFileSync(path, bytes);
    const hash = HASHED.exec(basename(path))?.[1];
    if (hash) renameSync(path, join(dirname(path), basename(path).replace(hash, names.get(hash))));
  }
  return copy;
}

/** Which of the page's own files are loaded: tells one build from another. */
export async function loaded(driver) {
  return driver.executeScript(`
    return [...document.querySelectorAll('script[src],link[href]')].map((e) => new URL(e.src || e.href).pathname).sort().join(' ')`);
}
