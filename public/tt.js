// Trusted Types: what may become code or markup on this page. Loaded before everything else, so that nobody else can make
// the default policy. No Barrow screen writes HTML from text, and the only scripts started by address are these three.
const SCRIPTS = ['/sw.js', '/blackbox.js', '/decoder.js'];

if (globalThis.trustedTypes?.createPolicy) {
  globalThis.trustedTypes.createPolicy('default', {
    createScriptURL(address) {
      const url = new URL(address, location.origin);
      const ours = url.origin === location.origin && SCRIPTS.includes(url.pathname) && !url.search && !url.hash;
      return ours ? url.href : null;
    },
    createHTML: () => null,
    createScript: () => null,
  });
}
