//! What stands on the demo shop's shelves.

use barrow_core::catalogue::Unit;

/// A category.
pub(super) struct Shelf {
    pub(super) name: &'static str,
    pub(super) prefix: &'static str,
    /// The tax's code.
    pub(super) tax: &'static str,
    pub(super) items: &'static [Item],
}

/// A product, with its variants if it has any.
pub(super) struct Item {
    pub(super) name: &'static str,
    pub(super) price_minor: i64,
    pub(super) variants: &'static [&'static str],
    pub(super) sold: Sold,
    /// Among the favourites?
    pub(super) favourite: bool,
    /// Can milk and shots be chosen with it?
    pub(super) coffee: bool,
    /// Its stock is kept: how much there is at first, and from where down it is low; in whole pieces or units.
    pub(super) stock: Option<(i64, i64)>,
}

/// How it is sold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sold {
    /// By the piece.
    ByPiece,
    /// Weighed and labelled in the shop: the barcode carries the price.
    ByWeight(Unit),
    /// The price is asked.
    OpenPrice,
}

impl Item {
    const fn favourite(self) -> Item {
        Item { favourite: true, ..self }
    }

    const fn kept(self, level: i64, low: i64) -> Item {
        Item { stock: Some((level, low)), ..self }
    }

    const fn coffee(self) -> Item {
        Item { coffee: true, ..self }
    }
}

const fn one(name: &'static str, price_minor: i64) -> Item {
    Item { name, price_minor, variants: &[], sold: Sold::ByPiece, favourite: false, coffee: false, stock: None }
}

const fn many(name: &'static str, price_minor: i64, variants: &'static [&'static str]) -> Item {
    Item { variants, ..one(name, price_minor) }
}

/// `price_minor` is that of a kilogram.
const fn weighed(name: &'static str, price_minor: i64) -> Item {
    Item { sold: Sold::ByWeight(Unit::Kg), ..one(name, price_minor) }
}

/// `price_minor` is that of a litre.
const fn poured(name: &'static str, price_minor: i64) -> Item {
    Item { sold: Sold::ByWeight(Unit::L), ..one(name, price_minor) }
}

const fn open_price(name: &'static str) -> Item {
    Item { sold: Sold::OpenPrice, ..one(name, 0) }
}

/// What can be chosen with a coffee: the answers, and what each adds.
pub(super) const MILK: (&str, &[(&str, i64)]) = ("Milk", &[("whole", 0), ("oat", 50), ("soy", 40)]);
/// Several of these can be.
pub(super) const ON_TOP: (&str, &[(&str, i64)]) = ("On top", &[("extra shot", 80), ("cinnamon", 0), ("cream", 60)]);

const SIZES: &[&str] = &["S, ecru", "M, ecru", "L, ecru", "XL, ecru", "S, navy", "M, navy", "L, navy", "XL, navy"];
const CUPS: &[&str] = &["small", "large"];
const GLAZES: &[&str] = &["celadon", "oatmeal", "cobalt", "rust"];
const PRINTS: &[&str] = &["A4", "A3", "A2", "A3, framed"];
const SCENTS: &[&str] = &["fig leaf", "cedar", "sea salt", "orange blossom"];
const RINGS: &[&str] = &["50", "52", "54", "56", "58"];

pub(super) const SHELVES: &[Shelf] = &[
    Shelf {
        name: "Coffee & tea",
        prefix: "COF",
        tax: "A",
        items: &[
            many("Espresso", 240, &["single", "double"]).favourite(),
            many("Flat white", 380, &["cow's milk", "oat milk"]),
            many("Cappuccino", 360, CUPS).favourite().coffee(),
            many("Latte", 390, CUPS).coffee(),
            many("Filter coffee", 280, CUPS),
            one("Cortado", 320).coffee(),
            one("Cold brew", 420),
            one("Hot chocolate", 390),
            many("Chai", 390, CUPS),
            many("Pot of tea", 350, &["Darjeeling", "Earl Grey", "sencha", "peppermint", "rooibos"]),
            one("Matcha latte", 450),
        ],
    },
    Shelf {
        name: "Bakery",
        prefix: "BAK",
        tax: "B",
        items: &[
            one("Butter croissant", 260).favourite(),
            one("Almond croissant", 340),
            one("Pain au chocolat", 290),
            one("Cinnamon knot", 320),
            one("Cardamom bun", 320),
            one("Sourdough loaf", 580).favourite().kept(24, 5),
            one("Rye loaf", 540).kept(4, 5),
            one("Seeded roll", 110),
            one("Cheese straw", 220),
            one("Lemon drizzle slice", 340),
            one("Carrot cake slice", 380),
            one("Brownie", 320).kept(30, 6),
            one("Oat cookie", 210),
            one("Plum tart", 420).kept(0, 3),
            one("Spinach turnover", 390),
        ],
    },
    Shelf {
        name: "Cheese & deli",
        prefix: "DEL",
        tax: "B",
        items: &[
            weighed("Alpine cheese, cut to order", 2890).favourite().kept(6, 1),
            weighed("Farmhouse cheddar, cut to order", 2440),
            weighed("Marinated olives, loose", 1590),
            one("Goat's cheese log", 620),
            one("Fig mustard", 540),
            one("Quince paste", 480),
            one("Rosemary crackers", 390),
            many("Olive oil", 1290, &["250 ml", "500 ml"]),
            one("Sun-dried tomatoes", 520),
            one("Tapenade", 490),
            one("Smoked almonds", 560),
            many("Heather honey", 780, &["250 g", "500 g"]),
            poured("Olive oil, from the barrel", 1490),
        ],
    },
    Shelf {
        name: "Sweets",
        prefix: "SWE",
        tax: "B",
        items: &[
            many("Chocolate bar", 490, &["dark 70%", "milk 45%", "sea salt", "hazelnut", "white, raspberry"]),
            many("Nougat", 560, &["pistachio", "almond"]),
            one("Salted caramels, bag", 620),
            one("Liquorice laces", 280),
            one("Candied ginger", 450),
            one("Marzipan fruits, box", 980),
            many("Fudge", 420, &["vanilla", "rum & raisin"]),
            one("Turkish delight, box", 740),
            one("Sherbet lemons, jar", 390),
        ],
    },
    Shelf {
        name: "Cold drinks",
        prefix: "DRI",
        tax: "A",
        items: &[
            many("Lemonade", 320, &["elderflower", "rhubarb", "blood orange"]),
            many("Mineral water", 190, &["still", "sparkling"]),
            one("Apple juice, cloudy", 290),
            one("Ginger beer", 340),
            one("Kombucha", 420),
            one("Iced tea, peach", 320),
            one("Tonic water", 260),
            one("Pale ale, 0.33 l", 390),
            one("Cider, 0.33 l", 410),
        ],
    },
    Shelf {
        name: "Clothing",
        prefix: "CLO",
        tax: "A",
        items: &[
            many("Organic cotton T-shirt", 2900, SIZES),
            many("Breton jersey", 5900, SIZES),
            many("Work jacket", 12_900, SIZES),
            many("Linen shirt", 7900, SIZES),
            many("Wool socks", 1490, &["36–39, moss", "40–43, moss", "36–39, plum", "40–43, plum"]),
            many("Ribbed beanie", 2900, &["mustard", "slate", "forest"]),
            many("Canvas tote", 1800, &["natural", "black", "terracotta"]),
            one("Silk scarf", 6900),
            one("Leather belt", 4900),
        ],
    },
    Shelf {
        name: "Prints & posters",
        prefix: "PRI",
        tax: "A",
        items: &[
            many("Harbour at dawn", 2400, PRINTS),
            many("Market street", 2400, PRINTS),
            many("Botanical, fern", 2200, PRINTS),
            many("Botanical, poppy", 2200, PRINTS),
            many("Night train", 2600, PRINTS),
            many("Lighthouse, linocut", 3400, PRINTS),
            one("City map, letterpress", 4500),
            one("Postcard set", 900),
        ],
    },
    Shelf {
        name: "Ceramics",
        prefix: "CER",
        tax: "A",
        items: &[
            many("Stoneware mug", 2400, GLAZES),
            many("Espresso cup", 1600, GLAZES),
            many("Breakfast bowl", 2800, GLAZES),
            many("Dinner plate", 3200, GLAZES),
            many("Bud vase", 2200, GLAZES),
            many("Milk jug", 2600, GLAZES),
            one("Teapot", 6800),
            one("Salt pig", 2900),
            one("Butter dish", 3900),
        ],
    },
    Shelf {
        name: "Candles & scents",
        prefix: "CAN",
        tax: "A",
        items: &[
            many("Soy candle", 2400, SCENTS),
            many("Room spray", 1900, SCENTS),
            many("Hand soap bar", 850, SCENTS),
            many("Reed diffuser", 2900, SCENTS),
            one("Beeswax tapers, pair", 1200),
            one("Incense, 20 sticks", 980),
            one("Match cloche", 1600),
        ],
    },
    Shelf {
        name: "Jewellery",
        prefix: "JEW",
        tax: "A",
        items: &[
            many("Hammered silver ring", 5900, RINGS),
            many("Signet ring, brass", 4200, RINGS),
            many("Hoop earrings", 4800, &["silver", "gold-filled"]),
            many("Stud earrings", 3200, &["moon", "leaf", "knot"]),
            one("Pearl pendant", 7900),
            one("Cord bracelet", 1900),
            one("Enamel pin", 900),
            open_price("Repair"),
        ],
    },
    Shelf {
        name: "Books & zines",
        prefix: "BOO",
        tax: "B",
        items: &[
            one("Bread at home", 2800),
            one("A field guide to weeds", 1900),
            one("Harbour stories", 1600),
            one("The small garden", 2400),
            one("Letters from the ferry", 1800),
            one("Zine: night markets", 800),
            one("Zine: on mending", 800),
            one("Colouring book, sea life", 1200),
            many("Notebook", 1400, &["plain", "ruled", "dotted"]),
            one("Pocket atlas", 1500),
        ],
    },
    Shelf {
        name: "Plants",
        prefix: "PLA",
        tax: "B",
        items: &[
            many("Basil", 350, &["pot", "hanging"]),
            one("Rosemary", 390),
            one("Thyme", 390),
            one("Mint", 350),
            many("Succulent", 590, &["echeveria", "haworthia", "jade"]),
            one("String of hearts", 1490),
            one("Monstera, small", 1890),
            one("Dried bouquet", 2200),
            one("Tulips, bunch", 790),
            one("Wildflower seeds", 450),
            open_price("Bouquet, tied for you"),
        ],
    },
    Shelf {
        name: "Toys & games",
        prefix: "TOY",
        tax: "A",
        items: &[
            one("Wooden tram", 2400),
            one("Stacking rings", 1900),
            one("Spinning top", 690),
            many("Knitted animal", 2200, &["hare", "fox", "whale"]),
            one("Pocket kite", 1200),
            one("Skipping rope", 990),
            one("Marbles, net", 490),
            one("Card game: the harbour", 1600),
            one("Jigsaw, 500 pieces", 2200),
        ],
    },
];
