// Where the product stands: the newest server binary and the built till, or what the environment names.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** The built pages: `till/`, `office/`, `bench/`. */
export const DIST = resolve(process.env.BARROW_DIST ?? join(ROOT, 'dist'));

/** The server's binary: `BARROW_SERVER`, or the newer of the release and the debug build. */
export function serverBinary() {
  if (process.env.BARROW_SERVER) return resolve(process.env.BARROW_SERVER);
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
  const built = ['release', 'debug'].map((profile) => join(target, profile, 'barrow-server')).filter(existsSync);
  if (built.length === 0) throw new Error('There is no barrow-server yet: run `make build`.');
  return built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}

/** Says at once, in one sentence, that there is nothing to test yet. */
export function needTill() {
  if (!existsSync(join(DIST, 'till/index.html'))) throw new Error(`There is no built till in ${DIST}: run \`make build\`.`);
  if (readFileSync(join(DIST, 'till/sw.js'), 'utf8').includes('self.__PRECACHE__')) {
    throw new Error(`The till in ${DIST} is only half built: run \`make build\`.`);
  }
}
