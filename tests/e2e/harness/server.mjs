// The real server, as a process on loopback that can be stopped, killed and started again at the same place.
import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { promisify } from 'node:util';

import { Office } from './office.mjs';
import { DIST, serverBinary } from './paths.mjs';
import { discard, lineOf, scratch, start } from './processes.mjs';

const run = promisify(execFile);

/** A port that is free now. */
export async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

export class Server {
  /** Starts a demo shop of its own. It ends with the test `t`. */
  static async start(t, { dist = DIST, args = [] } = {}) {
    const server = new Server();
    server.data = scratch('data');
    server.port = await freePort();
    server.dist = dist;
    server.args = args;
    t.after(async () => {
      await server.kill();
      discard(server.data);
    });
    await server.up();
    server.first = server.ready;
    return server;
  }

  /** Where the till's page is: `localhost`, as browsers count it as secure. */
  get url() {
    return `http://localhost:${this.port}`;
  }

  get running() {
    return this.process !== undefined;
  }

  /** Starts it (again), at the same address and with the same data. */
  async up({ dist = this.dist } = {}) {
    this.dist = dist;
    const args = ['--demo', '--listen', `127.0.0.1:${this.port}`, '--data', this.data, '--dist', dist, '--ready-json', ...this.args];
    this.process = start(serverBinary(), args);
    this.ready = await lineOf(this.process, (line) => line.startsWith('{') && JSON.parse(line), 'barrow-server');
  }

  /** SIGTERM; resolves with how it ended. */
  async down() {
    const child = this.process;
    this.process = undefined;
    child?.kill('SIGTERM');
    return child?.ended;
  }

  /** SIGKILL. */
  async kill() {
    const child = this.process;
    this.process = undefined;
    child?.kill('SIGKILL');
    return child?.ended;
  }

  /** Runs a subcommand beside the server, on the same data. */
  async cli(...args) {
    const { stdout } = await run(serverBinary(), [...args, '--data', this.data]);
    return stdout;
  }

  /** A new enrolment code: for till `till`, or for a new till of the name `newTill`. */
  async enrolCode({ till, newTill }) {
    const which = newTill ? ['--new-till', newTill] : ['--till', String(till)];
    return JSON.parse(await this.cli('enrol-code', ...which, '--json'));
  }

  /** The one-time code of a person, as the demo printed it first. */
  codeOf(name, ready = this.first) {
    const person = ready.staff.find((member) => member.name === name);
    if (!person) throw new Error(`the demo has no staff member ${name}`);
    return person.first_pin_code;
  }

  /** A new one-time code for a person, on till `till`. */
  async newCode(name, till = 1) {
    const said = await this.cli('staff', 'code', name, '--till', String(till));
    return /types (\S+) at till/.exec(said)[1];
  }

  /** The office, signed in as the owner. */
  async office() {
    return Office.signIn(`http://127.0.0.1:${this.port}`, this.first.owner);
  }
}
