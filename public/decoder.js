// Reads barcodes in pictures, for the camera's viewfinder: a worker, so that the page never waits for it. `{id, picture}` in (an
// ImageBitmap, which is closed here), `{id, value}` out; `value` is null where nothing was read, and `{id, error}` where it cannot be.
//
// The browser's own BarcodeDetector where it knows our kinds; else a module of our own, which is loaded now and not with the page.
// xtask writes the names of its files, which hold their hashes.
const MODULE = './barrow-decoder.js';
const WASM = './barrow-decoder_bg.wasm';

const KINDS = ['ean_13', 'ean_8', 'upc_a', 'upc_e', 'code_128', 'qr_code'];

async function ofBrowser() {
  if (!('BarcodeDetector' in self)) return undefined;
  const known = await self.BarcodeDetector.getSupportedFormats().catch(() => []);
  if (!KINDS.every((kind) => known.includes(kind))) return undefined;
  const detector = new self.BarcodeDetector({ formats: KINDS });
  return async (picture) => (await detector.detect(picture))[0]?.rawValue ?? null;
}

async function ours() {
  const { default: init, read } = await import(MODULE);
  await init({ module_or_path: new URL(WASM, self.location.href) });
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (picture) => {
    const { width, height } = picture;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.drawImage(picture, 0, 0);
    return read(context.getImageData(0, 0, width, height).data, width, height) ?? null;
  };
}

let reader;

self.onmessage = async ({ data: { id, picture } }) => {
  try {
    reader ??= (async () => (await ofBrowser()) ?? ours())();
    self.postMessage({ id, value: await (await reader)(picture) });
  } catch (error) {
    // A failed load must not be remembered.
    reader = undefined;
    self.postMessage({ id, error: String(error) });
  } finally {
    picture.close();
  }
};
