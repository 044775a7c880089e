// What lies between a tablet and its server, and all that it can do to a request.
import http from 'node:http';

const PORTAL = '<!doctype html><title>Free Wi-Fi</title><h1>Welcome! Please accept our terms.</h1>';

/**
 * Answers at an address of its own and passes requests on, unless `rule` says otherwise. A rule takes the request
 * (`{method, path}`) and gives one of:
 *
 * - nothing or `'pass'`: to the server and back;
 * - `'refuse'`: the connection is cut before the server hears of it;
 * - `'portal'`: 200, a page of HTML, whatever was asked;
 * - `{status, headers}`: this status, with a small body;
 * - `'lose-reply'`: the server does its work, and its answer is lost;
 * - `'cut-reply'`: half of the answer's body, then the connection is cut;
 * - `'cut-request'`: the server gets half of the request's body, then both connections are cut;
 * - `{limit}`: 413 for bodies above so many bytes, else passed on.
 *
 * With `wire` set to an array, every body of a request or an answer is kept there.
 *
 * A page's request for `/healthz?mark=WORD` is answered whatever the rule says, and `WORD` is noted in `marks`: so a test
 * learns what was on screen before the browser was killed.
 */
export class Proxy {
  static async start(t, server) {
    const proxy = new Proxy();
    proxy.server = server;
    proxy.rule = () => 'pass';
    proxy.seen = [];
    proxy.marks = [];
    proxy.http = http.createServer((request, response) => proxy.#take(request, response));
    proxy.http.on('clientError', (_, socket) => socket.destroy());
    await new Promise((resolve) => proxy.http.listen(0, '127.0.0.1', resolve));
    proxy.port = proxy.http.address().port;
    t.after(() => {
      proxy.http.closeAllConnections();
      return new Promise((resolve) => proxy.http.close(resolve));
    });
    return proxy;
  }

  get url() {
    return `http://localhost:${this.port}`;
  }

  /** From now on; forgets what was seen. */
  use(rule) {
    this.rule = typeof rule === 'function' ? rule : () => rule;
    this.seen = [];
    if (rule === 'refuse') this.http.closeAllConnections();
  }

  /** How many requests to the till's interface did `what` happen to? */
  count(what, path = /^\/v1\//) {
    return this.seen.filter((one) => one.what === what && path.test(one.path)).length;
  }

  async #take(request, response) {
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;
    }
    const body = Buffer.concat(chunks);
    this.wire?.push(body);
    const { method, url: path } = request;
    const mark = /^\/healthz\?mark=(.+)$/.exec(path)?.[1];
    if (mark) {
      this.marks.push(decodeURIComponent(mark));
      response.writeHead(204).end();
      return;
    }
    let rule = this.rule({ method, path, bytes: body.length }) ?? 'pass';
    if (typeof rule === 'object' && rule.limit !== undefined) {
      rule = body.length > rule.limit ? { status: 413 } : 'pass';
    }
    this.seen.push({ method, path, bytes: body.length, what: typeof rule === 'object' ? rule.status : rule });
    if (rule === 'refuse') {
      request.socket.destroy();
    } else if (rule === 'portal') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PORTAL);
    } else if (typeof rule === 'object') {
      response.writeHead(rule.status, { 'content-type': 'text/plain', ...rule.headers }).end('no\n');
    } else {
      this.#pass(request, body, response, rule);
    }
  }

  #pass(request, body, response, rule) {
    const onward = http.request({
      host: '127.0.0.1',
      port: this.server.port,
      method: request.method,
      path: request.url,
      headers: { ...request.headers, connection: 'close' },
    });
    onward.on('error', () => request.socket.destroy());
    if (rule === 'cut-request') {
      onward.write(body.subarray(0, Math.floor(body.length / 2)), () => {
        onward.destroy();
        request.socket.destroy();
      });
      return;
    }
    onward.on('response', (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', () => request.socket.destroy());
      answer.on('end', () => {
        const whole = Buffer.concat(chunks);
        this.wire?.push(whole);
        if (rule === 'lose-reply') return request.socket.destroy();
        response.writeHead(answer.statusCode, { ...answer.headers, connection: 'close' });
        if (rule !== 'cut-reply') return response.end(whole);
        response.write(whole.subarray(0, Math.floor(whole.length / 2)), () => request.socket.destroy());
      });
    });
    onward.end(body);
  }
}
