// The black box's worker: reads, appends, cuts and flushes two files in OPFS, and knows nothing of what is in them.
// Only a dedicated worker gets the synchronous handles that can flush. What the bytes mean is in browser/src/frames.rs.
'use strict';

// A page that is closing may hold the handles for a moment.
const OPEN_MS_MAX = 8000;
let handles = [];
let queue = Promise.resolve();

async function open(name) {
  if (!navigator.storage || !navigator.storage.getDirectory) throw { name: 'NoOpfs' };
  const folder = await navigator.storage.getDirectory();
  const opened = [];
  const started = Date.now();
  for (const suffix of ['a', 'b']) {
    const file = await folder.getFileHandle(`${name}-blackbox-${suffix}`, { create: true });
    if (!file.createSyncAccessHandle) throw { name: 'NoOpfs' };
    for (;;) {
      try {
        opened.push(await file.createSyncAccessHandle());
        break;
      } catch (error) {
        const held = error.name === 'NoModificationAllowedError' || error.name === 'InvalidStateError';
        if (!held || Date.now() - started > OPEN_MS_MAX) {
          opened.forEach((handle) => handle.close());
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
  handles = opened;
}

function read(handle) {
  const bytes = new Uint8Array(handle.getSize());
  let at = 0;
  while (at < bytes.length) {
    const count = handle.read(bytes.subarray(at), { at });
    if (count <= 0) throw { name: 'ShortRead' };
    at += count;
  }
  return bytes;
}

function append(handle, at, bytes) {
  // What stands behind the last whole append was never confirmed.
  if (handle.getSize() > at) handle.truncate(at);
  let done = 0;
  while (done < bytes.length) {
    const count = handle.write(bytes.subarray(done), { at: at + done });
    if (count <= 0) throw { name: 'QuotaExceededError' };
    done += count;
  }
  handle.flush();
}

function keep(handle, length) {
  if (handle.getSize() > length) {
    handle.truncate(length);
    handle.flush();
  }
}

async function act(message) {
  const handle = handles[message.file];
  switch (message.do) {
    case 'open': return open(message.name);
    case 'read': return handles.map(read);
    case 'append': return append(handle, message.at, message.bytes);
    case 'keep': return keep(handle, message.at);
    case 'close':
      handles.forEach((each) => each.close());
      handles = [];
      return self.close();
    default: throw { name: 'UnknownOperation' };
  }
}

self.onmessage = (event) => {
  const message = event.data;
  queue = queue.then(() => act(message)).then(
    (value) => self.postMessage({ id: message.id, value }),
    (error) => self.postMessage({ id: message.id, error: (error && error.name) || 'Error' }),
  );
};
