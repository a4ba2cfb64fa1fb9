/** Codes of the file that are no goods: postage, carriage, discounts, fees, samples, manual entries. Compared without case. */
const CHARGE_CODES = new Set(['POST', 'DOT', 'M', 'D', 'B', 'C2', 'C3', 'S', 'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'PADS', 'ADJUST', 'ADJUST2']);

/** The first line that has a word of the description names the category. A plural is written as its singular. */
const KEYWORDS: readonly (readonly [category: string, words: string])[] = [
  ['Christmas', 'CHRISTMAS XMAS ADVENT SANTA REINDEER SNOWFLAKE SNOWMAN NATIVITY BAUBLE'],
  ['Jewellery', 'NECKLACE BRACELET EARRING RING BROOCH BEAD BANGLE PENDANT CHARM DIAMANTE HAIRCLIP HAIRBAND TIARA'],
  ['Bags', 'BAG HANDBAG PURSE SHOPPER TOTE RUCKSACK BACKPACK SUITCASE WALLET'],
  ['Candles and lights', 'CANDLE CANDLEHOLDER TEALIGHT LIGHT LAMP LANTERN INCENSE LED CANDELABRA CHANDELIER CANDLESTICK LAMPSHADE NIGHTLIGHT'],
  [
    'Stationery',
    'CARD NOTEBOOK PEN PENCIL PAPER WRAP TAPE STICKER RIBBON BOOK JOURNAL ENVELOPE ERASER STAMP RUBBER CALENDAR STATIONERY CHALK TISSUE MAGNET',
  ],
  [
    'Kitchen',
    'CAKE CAKESTAND MUG CUP BOWL PLATE TEA COFFEE TEAPOT SPOON CUTLERY KITCHEN LUNCH BAKING JAM JUG TRAY TEATOWEL APRON NAPKIN TABLECLOTH COASTER PANTRY JELLY BOTTLE GLASS SAUCER RECIPE DISH DINNER PAN FOOD PLACEMAT',
  ],
  ['Garden', 'GARDEN PLANT PLANTER WATERING BIRDHOUSE PARASOL TROWEL TRELLIS GNOME SEED DEER WATERINGCAN BIRDCAGE'],
  ['Party', 'PARTY BUNTING BALLOON BIRTHDAY GARLAND STREAMER WEDDING EASTER CONFETTI'],
  ['Toys', 'TOY GAME PLAYHOUSE JIGSAW PUZZLE DOLL DOLLY SOLDIER CHILDRENS CHILDS SKITTLE MARBLES FELTCRAFT BALL SPINNING ROCKET ROBOT'],
  ['Bath and textiles', 'TOWEL BATHROOM BATH SOAP CUSHION THROW QUILT BLANKET UMBRELLA WARMER PONCHO SLIPPER DOORMAT SPONGE RUG PAD'],
  ['Storage', 'BOX TIN STORAGE BASKET CABINET DRAWER CASE JAR HANGER HOOK RACK CHEST'],
  [
    'Home decoration',
    'HEART SIGN FRAME CLOCK MIRROR DECORATION ORNAMENT WREATH VASE TILE DOORSTOP KNOB LETTER BLOCK HOLDER WALL ART PICTURE FLOWER METAL WICKER ROSE',
  ],
];

const CATEGORY_OF_WORD = new Map<string, string>();
for (const [category, words] of [...KEYWORDS].reverse()) for (const word of words.split(' ')) CATEGORY_OF_WORD.set(word, category);
const RANK = new Map(KEYWORDS.map(([category], rank) => [category, rank]));

/**
 * The category of a product, from its code and the description it is sold under: `Charges` and `Gift vouchers` by code, then
 * the first line of the table that shares a word with the description, else `Other`. The same input always gives the same.
 */
export function categoryOf(sku: string, description: string): string {
  if (CHARGE_CODES.has(sku.trim().toUpperCase())) return 'Charges';
  const text = description.toUpperCase();
  if (/^gift_/i.test(sku) || text.includes('GIFT VOUCHER')) return 'Gift vouchers';
  let best: string | undefined;
  for (const word of text.replaceAll('T-LIGHT', 'TEALIGHT').match(/\p{L}+/gu) ?? []) {
    const category =
      CATEGORY_OF_WORD.get(word) ?? CATEGORY_OF_WORD.get(word.replace(/(?<=\p{L}{3})E?S$/u, '')) ?? CATEGORY_OF_WORD.get(word.replace(/S$/, ''));
    if (category !== undefined && (best === undefined || RANK.get(category)! < RANK.get(best)!)) best = category;
  }
  return best ?? 'Other';
}
