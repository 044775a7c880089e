// What the customer's window says by itself, in the language of this tablet (`public/language.js` chooses it for the till). The first of each
// list is the English that stands in display.html.
const LANGUAGES = ['en', 'de', 'fr', 'es', 'ja', 'ar'];
const RIGHT_TO_LEFT = ['ar'];
const WORDS = [
  ['Customer display', 'Kundenanzeige', 'Écran client', 'Pantalla del cliente', 'お客様用画面', 'شاشة العميل'],
  ['Next customer, please.', 'Der Nächste, bitte.', 'Client suivant, s’il vous plaît.', 'El siguiente, por favor.', '次のお客様、どうぞ。', 'العميل التالي، من فضلك.'],
  ['Full screen', 'Vollbild', 'Plein écran', 'Pantalla completa', '全画面表示', 'ملء الشاشة'],
  ['Your order', 'Ihr Einkauf', 'Votre commande', 'Su compra', 'ご注文', 'طلبك'],
  ['Lines', 'Positionen', 'Lignes', 'Líneas', '明細', 'البنود'],
  ['Discount', 'Rabatt', 'Remise', 'Descuento', '割引', 'خصم'],
  ['Including tax', 'Darin Steuer', 'Dont taxes', 'Impuestos incluidos', '内税', 'شاملة الضريبة'],
  ['Tax', 'Steuer', 'Taxes', 'Impuestos', '税', 'الضريبة'],
  ['Total', 'Summe', 'Total', 'Total', '合計', 'الإجمالي'],
  ['To pay', 'Zu zahlen', 'À payer', 'A pagar', 'お支払い', 'المبلغ المطلوب'],
  ['Paid so far', 'Bisher bezahlt', 'Déjà payé', 'Pagado hasta ahora', 'お預かり', 'المدفوع حتى الآن'],
  ['Still to pay', 'Noch zu zahlen', 'Reste à payer', 'Falta por pagar', '残額', 'المتبقي'],
  ['Change', 'Rückgeld', 'Monnaie', 'Cambio', 'お釣り', 'الباقي'],
  ['Thank you!', 'Vielen Dank!', 'Merci !', '¡Gracias!', 'ありがとうございました', 'شكرًا لك!'],
  ['Paid', 'Bezahlt', 'Payé', 'Pagado', 'お支払い済み', 'المدفوع'],
];

const wanted = [...navigator.languages];
try {
  wanted.unshift(localStorage.getItem('barrow-language'));
} catch {
  // A browser that keeps nothing.
}
const codeOf = (locale) => (locale ?? '').split('-')[0];
const code = wanted.map(codeOf).find((one) => LANGUAGES.includes(one)) ?? 'en';
const root = document.documentElement;
root.lang = code === 'en' ? 'en-GB' : code;
root.dir = RIGHT_TO_LEFT.includes(code) ? 'rtl' : 'ltr';
if (code !== 'en') {
  const place = LANGUAGES.indexOf(code);
  const said = new Map(WORDS.map((row) => [row[0], row[place]]));
  for (const element of document.querySelectorAll('h1, p, dt, button, title')) {
    const words = said.get(element.textContent);
    if (words) element.textContent = words;
  }
  const list = document.querySelector('[aria-label]');
  list.setAttribute('aria-label', said.get(list.getAttribute('aria-label')));
}
