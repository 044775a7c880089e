// The office's HTTP interface, as an owner's program would use it.

export class Office {
  static async signIn(base, { login, password }) {
    const answer = await fetch(`${base}/v1/office/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: base },
      body: JSON.stringify({ login, password }),
    });
    if (!answer.ok) throw new Error(`office sign-in: ${answer.status} ${await answer.text()}`);
    const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
    return Object.assign(new Office(), { base, cookie });
  }

  async get(path) {
    const answer = await fetch(`${this.base}${path}`, { headers: { cookie: this.cookie } });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    const body = await answer.json();
    // A list may come alone or under its own name.
    return Array.isArray(body) ? body : (Object.values(body).find(Array.isArray) ?? body);
  }

  /** What stands at `path`, as it is. */
  async object(path) {
    const answer = await fetch(`${this.base}${path}`, { headers: { cookie: this.cookie } });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** Changes something. */
  async send(method, path, body) {
    const answer = await fetch(`${this.base}${path}`, {
      method,
      headers: { cookie: this.cookie, 'content-type': 'application/json', origin: this.base },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  }

  sales() {
    return this.get('/v1/office/sales?limit=10000');
  }

  tills() {
    return this.get('/v1/office/tills');
  }

  alerts() {
    return this.get('/v1/office/alerts?limit=10000');
  }

  audit() {
    return this.get('/v1/office/audit?limit=10000');
  }

  products() {
    return this.get('/v1/office/products?limit=10000');
  }

  staff() {
    return this.get('/v1/office/staff');
  }
}

/** The sales of `listed` whose id is `id`. */
export const withId = (listed, id) => listed.filter((sale) => sale.id === id);
