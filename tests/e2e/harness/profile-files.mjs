// What a browser leaves on disk: where its databases lie, how to damage them, how to search everything.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { seeded } from './random.mjs';

/** Every file below `dir`. */
export function filesBelow(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true })
    .map((name) => join(dir, name))
    .filter((path) => {
      try {
        return statSync(path).isFile();
      } catch {
        return false;
      }
    });
}

/** How Firefox writes a database's name into a file's name: first and last letter in turn. */
function firefoxName(name) {
  let mixed = '';
  for (let i = 0, j = name.length - 1; i <= j; i += 1, j -= 1) mixed += i === j ? name[i] : name[i] + name[j];
  return mixed;
}

/**
 * Files of the origin's IndexedDB. `journal`: what holds the till's data. `keys`: the database of the keys, which
 * Chromium keeps in a storage bucket of its own, and Firefox beside the other one. `beside`: what was made instead of either
 * when it was damaged (whose it is, Chromium's files do not tell).
 */
export function databases(browser, origin) {
  const { port } = new URL(origin);
  if (browser.name === 'chromium') {
    const base = join(browser.profile, 'Default');
    const root = join(base, 'IndexedDB');
    const journal = filesBelow(root).filter((path) => relative(root, path).startsWith(`http_localhost_${port}.`));
    const buckets = filesBelow(join(base, 'WebStorage')).filter((path) => /\/IndexedDB\//.test(path));
    const number = (path) => Number(/WebStorage\/(\d+)\//.exec(path)[1]);
    // The keys' bucket is the first that the till makes.
    const first = Math.min(...buckets.map(number));
    return { journal, keys: buckets.filter((path) => number(path) === first), beside: buckets.filter((path) => number(path) > first) };
  }
  const root = join(browser.profile, 'storage/default', `http+++localhost+${port}`, 'idb');
  const all = filesBelow(root);
  const named = (name) => all.filter((path) => relative(root, path).replace(/^\d+/, '').startsWith(`${firefoxName(name)}.`));
  const [journal, keys] = [named('barrow'), named('barrow-keys')];
  return { journal, keys, beside: all.filter((path) => !journal.includes(path) && !keys.includes(path)) };
}

/** Deletes files. The browser must be closed. */
export function remove(files) {
  for (const file of files) rmSync(file, { force: true });
}

/** Every way in which `damage` spoils files. */
export const DAMAGES = [
  'scattered bytes', 'one byte', 'one page', 'delete', 'zeros', ...[0.02, 0.3, 0.7, 0.99].map((part) => `all behind ${part}`),
];

/** Spoils files in one of the ways of `DAMAGES`, always alike. The browser must be closed. Says what it did. */
export function damage(files, how) {
  for (const file of files) {
    const bytes = readFileSync(file);
    if (how === 'delete') rmSync(file);
    else if (how.startsWith('all behind ')) truncateSync(file, Math.floor(bytes.length * Number(how.slice('all behind '.length))));
    else writeFileSync(file, spoilt(bytes, how));
  }
  return `${how}, ${files.length} files`;
}

function spoilt(bytes, how) {
  const random = seeded(26);
  if (how === 'zeros') bytes.fill(0);
  // In LevelDB's `CURRENT` it is in a file's name.
  else if (how === 'one byte' && bytes.length > 0) bytes[bytes.length >> 1] ^= 1;
  // Firefox opens a database that lacks its sixth page, and then fails every transaction.
  else if (how === 'one page') bytes.subarray(5 * 4096, 6 * 4096).fill(0);
  else if (how === 'scattered bytes' && bytes.length > 0) {
    for (let i = 0; i < Math.max(4, bytes.length / 256); i += 1) bytes[random.between(0, bytes.length - 1)] ^= random.between(1, 255);
  }
  return bytes;
}

/** Unpacks Firefox's session files (`mozLz4`), which no plain search would see through. */
function unpackMozLz4(bytes) {
  const out = Buffer.alloc(bytes.readUInt32LE(8));
  let from = 12;
  let to = 0;
  const length = (nibble) => {
    let sum = nibble;
    if (nibble === 15) {
      let more;
      do {
        more = bytes[from];
        from += 1;
        sum += more;
      } while (more === 255);
    }
    return sum;
  };
  while (from < bytes.length) {
    const token = bytes[from];
    from += 1;
    const literals = length(token >> 4);
    bytes.copy(out, to, from, from + literals);
    from += literals;
    to += literals;
    if (from >= bytes.length) break;
    const back = bytes.readUInt16LE(from);
    from += 2;
    const copy = length(token & 15) + 4;
    for (let i = 0; i < copy; i += 1, to += 1) out[to] = out[to - back];
  }
  return out;
}

/**
 * Where in the files below `dir` any of `words` (four bytes and longer) stands, as UTF-8 or UTF-16: the first place in each
 * file, as `[{word, file, offset, around}]`; `around` is what stands there, for whoever has to find out why.
 */
export function search(dir, words) {
  const needles = words.flatMap((word) => [
    { word, bytes: Buffer.from(word, 'utf8') },
    { word, bytes: Buffer.from(word, 'utf16le') },
  ]);
  const byBeginning = new Map();
  const slots = new Uint8Array(2 ** 20);
  const slot = (beginning) => Math.imul(beginning, 0x9e3779b1) >>> 12;
  for (const needle of needles) {
    const beginning = needle.bytes.readUInt32LE(0);
    byBeginning.set(beginning, [...(byBeginning.get(beginning) ?? []), needle]);
    slots[slot(beginning)] = 1;
  }
  const found = [];
  for (const file of filesBelow(dir)) {
    let bytes;
    try {
      bytes = readFileSync(file);
    } catch {
      continue;
    }
    if (bytes.subarray(0, 8).toString('latin1') === 'mozLz40\0') bytes = unpackMozLz4(bytes);
    const here = new Map();
    let window = 0;
    for (let i = 0; i < bytes.length; i += 1) {
      window = ((window >>> 8) | (bytes[i] << 24)) >>> 0;
      if (i < 3 || slots[slot(window)] === 0) continue;
      for (const needle of byBeginning.get(window) ?? []) {
        if (bytes.compare(needle.bytes, 0, needle.bytes.length, i - 3, Math.min(bytes.length, i - 3 + needle.bytes.length)) === 0) {
          here.set(needle.word, here.get(needle.word) ?? i - 3);
        }
      }
    }
    for (const [word, offset] of here) {
      const around = bytes.subarray(Math.max(0, offset - 48), offset + 2 * word.length + 48);
      found.push({ word, file: relative(dir, file), offset, around: around.toString('latin1').replace(/[^ -~]/g, '·') });
    }
  }
  return found;
}
