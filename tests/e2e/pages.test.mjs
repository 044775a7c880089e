// What the server sends with every page, asked for without a browser.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { DIST, needTill } from './harness/paths.mjs';
import { Server } from './harness/server.mjs';

test('the pages and what is sent with them', async (t) => {
  needTill();
  const server = await Server.start(t);
  const get = (path, options) => fetch(`http://127.0.0.1:${server.port}${path}`, { redirect: 'manual', ...options });

  await t.test('security headers on every answer', async () => {
    for (const path of ['/', '/sw.js', '/office/', '/healthz', '/openapi.json', '/no-such-page', '/v1/no-such-thing', '/missing-0123456789abcdef.js']) {
      const { headers } = await get(path);
      const policy = headers.get('content-security-policy') ?? '';
      for (const part of ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"]) {
        assert.ok(policy.includes(part), `${path}: ${part} in "${policy}"`);
      }
      assert.ok(!/unsafe-inline|unsafe-eval'(?!.)|\*/.test(policy.replace("'wasm-unsafe-eval'", '')), `${path}: ${policy}`);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin', path);
      assert.ok(headers.get('permissions-policy'), path);
      assert.equal(headers.get('server') ?? '', '', `${path} does not say what runs here`);
    }
  });
  await t.test('row 31: a missing asset is 404 and never a page', async () => {
    const answer = await get('/barrow-app-0000000000000000.js', { headers: { accept: 'text/html' } });
    assert.equal(answer.status, 404);
    assert.ok(!(await answer.text()).includes('<html'));
  });
  await t.test('what may be kept and what may not', async () => {
    const files = readdirSync(join(DIST, 'till'));
    const hashed = files.find((name) => /-[0-9a-f]{12,}.*\.js$/.test(name));
    assert.match((await get(`/${hashed}`)).headers.get('cache-control'), /immutable/);
    for (const path of ['/', '/sw.js']) assert.match((await get(path)).headers.get('cache-control'), /no-cache/);
    const wasm = files.find((name) => name.endsWith('.wasm'));
    assert.equal((await get(`/${wasm}`)).headers.get('content-type'), 'application/wasm');
  });
  await t.test('the office asks who is there', async () => {
    for (const path of ['sales', 'tills', 'alerts', 'audit', 'products', 'staff']) {
      const answer = await get(`/v1/office/${path}`);
      assert.equal(answer.status, 401, path);
      assert.match(answer.headers.get('content-type'), /application\/problem\+json/);
    }
    const wrong = await get('/v1/office/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: `http://127.0.0.1:${server.port}` },
      body: JSON.stringify({ login: server.ready.owner.login, password: 'wrong' }),
    });
    assert.equal(wrong.status, 401);
    const foreign = await get('/v1/office/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://elsewhere.example' },
      body: JSON.stringify(server.ready.owner),
    });
    assert.equal(foreign.status, 403, 'another site cannot sign somebody in');
    assert.ok(Array.isArray(await (await server.office()).sales()));
  });
  await t.test('the interface describes itself', async () => {
    const described = await (await get('/openapi.json')).json();
    assert.match(described.openapi, /^3\./);
    for (const path of ['/v1/enrol', '/v1/tills/{till}/entries', '/v1/tills/{till}/config', '/v1/office/sales']) {
      assert.ok(described.paths[path], path);
    }
  });
});
