// Reports of a MagTek MagneSafe reader with cards of the test's own, encrypted as the reader does it: DUKPT (ANSI X9.24-1) with
// the published sample key. Written apart from the product's own code, so that each is the other's check.
import { createCipheriv } from 'node:crypto';
import assert from 'node:assert/strict';

/** The published sample key (X9.24-1), which the demo's acquirer holds. */
const BDK = Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex');
/** Key set and device of the published samples; the last 21 bits count. */
const KSN = 'FFFF9876543210E00000';

const xor = (a, b) => Buffer.from(a.map((byte, i) => byte ^ b[i]));
const ecb = (key, block) => {
  // Single DES as triple DES with one key three times: OpenSSL has no single DES any more.
  const name = key.length === 8 ? 'des-ede3-ecb' : 'des-ede-ecb';
  const cipher = createCipheriv(name, key.length === 8 ? Buffer.concat([key, key, key]) : key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
};
const VARIANT = Buffer.from('C0C0C0C000000000C0C0C0C000000000', 'hex');
const PIN = Buffer.from('00000000000000FF00000000000000FF', 'hex');

/** The initial key of the reader whose serial numbers begin so. */
export function initialKey(ksn) {
  const name = Buffer.from(ksn.subarray(0, 8));
  name[7] &= 0xe0;
  return Buffer.concat([ecb(BDK, name), ecb(xor(BDK, VARIANT), name)]);
}

/** The key of one transaction: a step for each bit that is set in its number. */
export function sessionKey(ksn) {
  const counter = ksn.readUIntBE(7, 3) & 0x1fffff;
  const register = Buffer.from(ksn.subarray(2));
  register[5] &= 0xe0;
  register[6] = 0;
  register[7] = 0;
  let key = initialKey(ksn);
  for (let bit = 0x100000; bit > 0; bit >>= 1) {
    if ((counter & bit) === 0) continue;
    register.writeUIntBE(register.readUIntBE(5, 3) | bit, 5, 3);
    const half = (key) => {
      const [left, right] = [key.subarray(0, 8), key.subarray(8)];
      return xor(ecb(left, xor(register, right)), right);
    };
    key = Buffer.concat([half(xor(key, VARIANT)), half(key)]);
  }
  return key;
}

assert.equal(initialKey(Buffer.from(KSN, 'hex')).toString('hex'), '6ac292faa1315b4d858ab3a3d7d5933a');
assert.equal(sessionKey(Buffer.from('FFFF9876543210E00008', 'hex')).toString('hex'), '27f66d5244ff62e1aa6f6120edeb4280');

let counter = 0x1000;

/**
 * The report of one swipe, as hexadecimal, and the clear tracks in it. `expiry` is YYMM, `service` the three digits of the service
 * code. Every swipe has the next key.
 */
export function swipe({ pan = '4242424242424242', name = 'DOE/JANE', expiry = '3112', service = '101' } = {}) {
  counter += 1;
  const ksn = Buffer.from(KSN, 'hex');
  ksn.writeUIntBE(ksn.readUIntBE(7, 3) | counter, 7, 3);
  const tracks = [`%B${pan}^${name}^${expiry}${service}1234567890?`, `;${pan}=${expiry}${service}12345?`];
  const hidden = `${pan.slice(0, 6)}${'0'.repeat(pan.length - 10)}${pan.slice(-4)}`;
  const masked = [`%B${hidden}^${name}^${expiry}${service}0000000000?`, `;${hidden}=${expiry}${service}00000?`];
  const key = xor(sessionKey(ksn), PIN);
  const report = Buffer.alloc(856);
  report[6] = 0;
  tracks.forEach((track, i) => {
    const padded = Buffer.alloc(Math.ceil(track.length / 8) * 8);
    padded.write(track, 'latin1');
    const cipher = createCipheriv('des-ede-cbc', key, Buffer.alloc(8)).setAutoPadding(false);
    const sealed = Buffer.concat([cipher.update(padded), cipher.final()]);
    report[3 + i] = sealed.length;
    sealed.copy(report, 7 + 112 * i);
    report[505 + i] = masked[i].length;
    report.write(masked[i], 508 + 112 * i, 'latin1');
    report[852 + i] = track.length;
  });
  report.write('B012345', 477, 'latin1');
  report.writeUInt16BE(0x0006, 493);
  ksn.copy(report, 495);
  return { hex: report.toString('hex'), tracks, pan, ksn: ksn.toString('hex').toUpperCase() };
}
