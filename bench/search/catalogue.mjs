// A made-up shop, and what people type in it: the same for the same seed.

const COLOURS = 'amber black blue bronze burgundy charcoal copper coral cream crimson emerald golden graphite green grey indigo ivory lavender lilac maroon mint navy ochre olive orange peach pink plum purple red rose rust sage sand scarlet silver tan teal turquoise violet walnut white yellow'.split(' ');
const MATTERS = 'bamboo birch ceramic cork cotton denim enamel felt glass hemp jute leather linen marble merino oak organic paper pewter porcelain recycled satin silk stoneware suede velvet walnut wax willow woollen'.split(' ');
const THINGS = 'apron backpack basket beanie belt blanket bookmark bottle bowl bracelet brooch brush calendar candle canvas cap cardigan carafe chocolate chutney coaster coffee cookies cup cushion diary dress earrings espresso flask frame gloves granola hat honey hoodie jacket jam jigsaw jug keyring ladle lamp lantern marmalade mittens muffin mug mustard napkin necklace notebook oil ornament pancake pen pencil pendant pillow pin plate planter platter postcard poster pouch print puzzle quilt ribbon ring rug sandals sauce scarf shampoo shawl shirt skirt slippers soap socks spoon stamp sticker stool sunglasses sweater syrup T-shirt tablecloth tea teapot throw tile toffee tote towel toy tray trousers umbrella vase vest vinegar wallet whisk wreath'.split(' ');
const FORMS = ['', '', '', 'S', 'M', 'L', 'XL', '100 g', '250 g', '500 g', '1 kg', '40 ml', '250 ml', '750 ml', 'set of 2', 'set of 4', 'set of 6', 'A4', 'A5', 'large', 'small', 'mini', 'gift box', 'refill'];
const SYLLABLES = 'al am an ar ba bel ber bo ca cé dal de dor é el en fa fle ga gen grü ha hol i is ja ka kø la len lo lu ma mel mi mon na nel no ö ol pa pe qui ra ri ro sa sel so sta ta tel ti to u va vel vi wa wil xi ya za zel'.split(' ');

/** Numbers below a limit that follow from the seed (mulberry32). */
export function dice(seed) {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

/** `count` products of 1,500 makers; no name, SKU or barcode twice. */
export function catalogue(count, roll) {
  const one = (list) => list[roll(list.length)];
  const makers = Array.from({ length: 1_500 }, () => {
    const name = Array.from({ length: 2 + roll(2) }, () => one(SYLLABLES)).join('');
    return name[0].toUpperCase() + name.slice(1);
  });
  const taken = new Set();
  const fresh = (make) => {
    for (;;) {
      const made = make();
      if (!taken.has(made) && taken.add(made)) return made;
    }
  };
  return Array.from({ length: count }, () => {
    const thing = one(THINGS);
    const name = fresh(() => {
      const form = one(FORMS);
      return `${one(makers)} ${one(COLOURS)} ${one(MATTERS)} ${thing}${form && `, ${form}`}`;
    });
    const sku = fresh(() => `${thing.slice(0, 3).toUpperCase()}-${String(roll(1_000_000)).padStart(6, '0')}`);
    const barcode = fresh(() => ean13(`4${String(roll(1_000_000)).padStart(6, '0')}${String(roll(100_000)).padStart(5, '0')}`));
    return { name, sku, barcode, category: thing };
  });
}

function ean13(twelve) {
  const sum = [...twelve].reduce((sum, digit, at) => sum + digit * (at % 2 ? 3 : 1), 0);
  return `${twelve}${(10 - (sum % 10)) % 10}`;
}

/** One wrong, missing or additional character, or two swapped neighbours that differ. */
export function withError(text, roll) {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  for (;;) {
    const at = roll(text.length);
    const letter = letters[roll(letters.length)];
    const [before, after] = [text.slice(0, at), text.slice(at + 1)];
    const wrong = [
      () => before + letter + after,
      () => before + letter + text[at] + after,
      () => before + after,
      () => before + after.slice(0, 1) + text[at] + after.slice(1),
    ][roll(4)]();
    if (wrong.toLowerCase() !== text.toLowerCase()) return wrong;
  }
}
