// A mail server that takes what it is given, and keeps it for the test (RFC 5321, as far as it is needed).
import { createServer } from 'node:net';

export class MailSink {
  static async start(t) {
    const sink = new MailSink();
    sink.mails = [];
    const server = createServer((socket) => sink.#talk(socket));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    sink.url = `smtp://127.0.0.1:${server.address().port}`;
    t.after(() => server.close());
    return sink;
  }

  #talk(socket) {
    let [rest, to, data] = ['', '', undefined];
    const say = (text) => socket.write(`${text}\r\n`);
    socket.on('error', () => {});
    socket.setEncoding('utf8');
    say('220 sink');
    socket.on('data', (chunk) => {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop();
      for (const line of lines) {
        if (data !== undefined) {
          if (line !== '.') {
            data.push(line);
            continue;
          }
          this.mails.push({ to, text: data.join('\n') });
          data = undefined;
          say('250 taken');
        } else if (/^RCPT/i.test(line)) {
          to = /<(.*?)>/.exec(line)[1];
          say('250 ok');
        } else if (/^DATA/i.test(line)) {
          data = [];
          say('354 go on');
        } else if (/^QUIT/i.test(line)) {
          say('221 bye');
          socket.end();
        } else {
          say('250 sink');
        }
      }
    });
  }
}
