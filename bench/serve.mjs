// Serves a folder on loopback to the pages that measure.
import { createReadStream, existsSync, statSync } from 'node:fs';
import http from 'node:http';
import { extname, join, relative } from 'node:path';

const TYPES = { '.mjs': 'text/javascript', '.js': 'text/javascript', '.wasm': 'application/wasm' };
/** Pages get a fine clock: without isolation, Firefox counts whole milliseconds. */
const ISOLATION = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** Gives the address. `more` has files from elsewhere by their path; `t.after` takes what ends it. */
export async function serve(t, root, more = {}) {
  const site = http.createServer(({ url }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const path = more[pathname] ?? join(root, decodeURIComponent(pathname));
    const ours = pathname in more || !relative(root, path).startsWith('..');
    if (url === '/') response.writeHead(200, { 'content-type': 'text/html', ...ISOLATION }).end('<!doctype html><title>bench</title>');
    else if (ours && existsSync(path) && statSync(path).isFile()) {
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', ...ISOLATION });
      createReadStream(path).pipe(response);
    } else response.writeHead(404).end();
  });
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    site.closeAllConnections();
    site.close();
  });
  return `http://localhost:${site.address().port}/`;
}
