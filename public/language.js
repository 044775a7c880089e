// Decides the page's language before anything is drawn: the one that was chosen on this tablet, else the first of the browser's
// that Barrow speaks, else English. What it decides stands in the document's `lang` (as the browser's owner writes it: `de-AT`).
const STARTING = {
  en: 'Starting…',
  de: 'Wird gestartet …',
  fr: 'Démarrage…',
  es: 'Iniciando…',
  ja: '起動しています…',
  ar: 'جارٍ البدء…',
};
const RIGHT_TO_LEFT = ['ar'];

const wanted = [...navigator.languages];
try {
  wanted.unshift(localStorage.getItem('barrow-language'));
} catch {
  // A browser that keeps nothing.
}
const codeOf = (locale) => (locale ?? '').split('-')[0];
const code = wanted.map(codeOf).find((code) => Object.hasOwn(STARTING, code)) ?? 'en';
const root = document.documentElement;
root.lang = navigator.languages.find((locale) => codeOf(locale) === code) ?? (code === 'en' ? 'en-GB' : code);
root.dir = RIGHT_TO_LEFT.includes(code) ? 'rtl' : 'ltr';
const starting = document.querySelector('#starting > p');
if (starting) starting.textContent = STARTING[code];
if (code !== 'en') {
  // The catalogue comes along with the program, and not after it.
  const link = document.createElement('link');
  Object.assign(link, { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous', href: `/lang/${code}.json` });
  document.head.append(link);
}
