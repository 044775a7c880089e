// What the customer's window says by itself, in the language of this tablet (chosen as `language.js` does), from the till's catalogue
// of that language. The English stands in display.html, and stays where there is no translation.
const LANGUAGES = ['en', 'de', 'fr', 'es', 'ja', 'ar'];
const RIGHT_TO_LEFT = ['ar'];

const wanted = [...navigator.languages];
try {
  wanted.unshift(localStorage.getItem('barrow-language'));
} catch {
  // A browser that keeps nothing.
}
const codeOf = (locale) => (locale ?? '').split('-')[0];
const code = wanted.map(codeOf).find((one) => LANGUAGES.includes(one)) ?? 'en';
if (code !== 'en') await translate();

async function translate() {
  const answer = await fetch(`/lang/${code}.json`).catch(() => undefined);
  if (!answer?.ok) return;
  const words = await answer.json();
  const translated = (text) => (Object.hasOwn(words, text) && typeof words[text] === 'string' ? words[text] : undefined);
  for (const element of document.querySelectorAll('h1, p, dt, button, title')) {
    const text = translated(element.textContent);
    if (text && !element.dataset.field) element.textContent = text;
  }
  for (const element of document.querySelectorAll('[aria-label]')) {
    element.setAttribute('aria-label', translated(element.getAttribute('aria-label')) ?? element.getAttribute('aria-label'));
  }
  document.documentElement.lang = code;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(code) ? 'rtl' : 'ltr';
}
