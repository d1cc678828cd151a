"""The Complete Journey's shelf labels in words a person reads: `FRZN SS PREMIUM ENTREES/DNRS/T` and the like.

The source writes in capitals, abbreviates, and cuts every product type after thirty letters. What is common is
spelled out here by hand; the rest is put into sentence case, its abbreviations written out, its torn end left off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

TYPE_LETTERS = 30
"""A product type of this length was cut."""

WHOLE = {
    "FLUID MILK WHITE ONLY": "Milk",
    "FLUID MILK PRODUCTS": "Milk",
    "SOFT DRINKS 12/18&15PK CAN CAR": "Soft drinks, 12 to 18 cans",
    "SOFT DRINKS 20PK&24PK CAN CARB": "Soft drinks, 20 or 24 cans",
    "SOFT DRINKS 6PK/4PK CAN CARB (": "Soft drinks, 4 or 6 cans",
    "SOFT DRINKS SINGLE CANS CARB (": "Soft drink, single can",
    "SFT DRNK 1 LITER BTL CARB (EXC": "Soft drink, large bottle",
    "SFT DRNK 2 LITER BTL CARB INCL": "Soft drink, large bottle",
    "SFT DRNK 3 LITER BTL CARB (EXC": "Soft drink, large bottle",
    "SFT DRNK MLT-PK BTL CARB (EXCP": "Soft drinks, pack of bottles",
    "SFT DRNK SNGL SRV BTL CARB (EX": "Soft drink, single bottle",
    "YOGURT NOT MULTI-PACKS": "Yogurt",
    "YOGURT MULTI-PACKS": "Yogurt, multi-pack",
    "MAINSTREAM WHITE BREAD": "White bread",
    "MAINSTREAM WHEAT/MULTIGRAIN BR": "Wheat or multigrain bread",
    "CANDY BARS (SINGLES)(INCLUDING": "Candy bar",
    "CANDY BARS (MULTI PACK)": "Candy bars, multi-pack",
    "CANDY BAGS-CHOCOCLATE": "Chocolates, bag",
    "CANDY BAGS-NON CHOCOLATE": "Candy without chocolate, bag",
    "SEASONAL CANDY BAGS-CHOCOLATE": "Seasonal chocolates, bag",
    "MISCELLANEOUS CANDY (INCLUDING": "Other candy",
    "GASOLINE-REG UNLEADED": "Gasoline, regular unleaded",
    "SS ECONOMY ENTREES/DINNERS ALL": "Frozen dinner for one, economy",
    "FRZN SS PREMIUM ENTREES/DNRS/N": "Frozen dinner for one, premium",
    "FRZN SS PREMIUM ENTREES/DNRS/T": "Frozen dinner for one, premium",
    "FRZN MULTI SERVE ENTREES ALL": "Frozen dinner for several",
    "BEERALEMALT LIQUORS": "Beer, ale or malt liquor",
    "BEERS/ALES": "Beer and ale",
    "SNACK CAKE - MULTI PACK": "Snack cakes, multi-pack",
    "DAIRY CASE 100% PURE JUICE - O": "Chilled orange juice, 100 % juice",
    "DAIRY CASE 100% PURE JUICE OTH": "Chilled juice, 100 % juice",
    "DAIRY CASE JUICE DRNK UNDER 10": "Chilled juice drink",
    "DAIRY CASE FRUIT DRINKS (NO JU": "Chilled fruit drink",
    "FRZN BAGGED VEGETABLES - PLAIN": "Frozen vegetables, bag",
    "FRZN BOXED VEGETABLES- VALUE A": "Frozen vegetables, box",
    "RTS SOUP: CHUNKY/HOMESTYLE ET": "Soup, ready to serve",
    "IWS SINGLE CHEESE": "Cheese slices, wrapped singly",
    "SGL SV/VEND MACH SNACKS CHIP/P": "Chips or snack, single serving",
    "NON-CRBNTD DRNKING/MNERAL WATE": "Still drinking water",
    "NON-CARB FLVRD DRNKNG/MNRL WAT": "Still flavored water",
    "CARBONATED WATER - FLVRD SWEET": "Sparkling water, flavored, sweet",
    "CARBONATED WATER - FLVRD UNSWE": "Sparkling water, flavored, unsweetened",
    "NATURAL CHEESE EXACT WT CHUNKS": "Natural cheese, piece",
    "NATURAL CHEESE EXACT WT SLICES": "Natural cheese, slices",
    "CHEESE CRACKERS (CHEEZ-ITS/GOL": "Cheese crackers",
    "BUTTER SPRAY CRACKER (RITZ/CLU": "Butter crackers",
    "SOUP CRACKERS (SALTINE/OYSTER)": "Soup crackers",
    "CANNED CAT FOOD (9 LIVES/FRISK": "Cat food, can",
    "CAN CATFD GOURMET/SUP PREM (GR": "Gourmet cat food, can",
    "DRY CAT FOOD (CAT CHOW/FRISKIE": "Cat food, dry",
    "CAN DOG FOOD (SKIPPY/PEDIGREE/": "Dog food, can",
    "BEANS GREEN: FS/WHL/CUT": "Green beans, canned",
    "TOMATOES: STEWED/DICED/CRMD": "Tomatoes, canned",
    "FRZN BREAKFAST ENTREES/SANDWIC": "Frozen breakfast",
    "FRZN GARLIC BREAD/TOAST/STICKS": "Frozen garlic bread",
    "SEMI-SOLID SALAD DRESSING MAY": "Mayonnaise or salad dressing",
    "MEXICAN SAUCESSALSAPICANTEE": "Salsa or picante sauce",
    "GARBAGE KITCHEN COMPACTOR BA": "Kitchen garbage bags",
    "DISPOSABLE FD STORAGE CONTAINR": "Food storage containers",
    "PLSTC CTLRYTBLCLTHSTTHPKSST": "Plastic cutlery and tablecloths",
    "FACIAL TISSUE & PAPER HANDKE": "Facial tissue",
    "CONVENIENT BRKFST/WHLSM SNACKS": "Breakfast and snack bars",
    "GREETING CARDS/WRAP/PARTY SPLY": "Greeting cards and party supplies",
    "FRZN NOVELTIES/WTR ICE": "Frozen novelties and water ice",
    "ICE CREAM/MILK/SHERBTS": "Ice cream and sherbet",
    "SALD DRSNG/SNDWCH SPRD": "Salad dressing and sandwich spread",
    "MOLASSES/SYRUP/PANCAKE MIXS": "Syrup and pancake mixes",
    "WATER - CARBONATED/FLVRD DRINK": "Water and flavored drinks",
    "FD WRAPS/BAGS/TRSH BG": "Food wraps and trash bags",
    "CRACKERS/MISC BKD FD": "Crackers",
    "SNKS/CKYS/CRKR/CNDY": "Snacks, cookies and candy",
    "NDAIRY/TEAS/JUICE/SOD": "Non-dairy drinks, tea and juice",
    "SW GDS:DONUTS": "Donuts",
    "DRUG GM": "Drugstore and general merchandise",
    "MEAT-PCKGD": "Meat, packaged",
    "SEAFOOD-PCKGD": "Seafood, packaged",
    "CNTRL/STORE SUP": "Store supplies",
    "CHARITABLE CONT": "Charity",
    "GM MERCH EXP": "General merchandise",
    "PROD-WHS SALES": "Produce",
}
"""Labels that stand for themselves."""

WORDS = {
    "&": "and", "BEV": "beverage", "BG": "bags", "BKD": "baked", "BRKFST": "breakfast", "BTL": "bottle",
    "BTR": "butter", "CARB": "carbonated", "CATFD": "cat food", "CHICK": "chicken", "CHIX": "chicken",
    "CHOC": "chocolate", "CKTLS": "cocktails", "CNDY": "candy", "CNTRL": "control", "COFF": "coffee",
    "CONC": "concentrate", "CRMD": "creamed", "DECAF": "decaffeinated", "DISPOSIBLE": "disposable", "DNR": "dinner",
    "DNRS": "dinners", "DOGFD": "dog food", "DRNK": "drink", "DRNKS": "drinks", "DRSNG": "dressing", "FD": "food",
    "FEM.": "feminine", "FLVR": "flavor", "FLVRD": "flavored", "FRSH": "fresh", "FRZ": "frozen", "FRZN": "frozen",
    "GDS": "goods", "GNGR": "ginger", "GRND": "ground", "HBC": "health and beauty", "HNDHLDS": "handhelds",
    "HYGN": "hygiene", "HYGN.NAPKINS": "hygiene napkins", "JCE": "juice", "LOAVE": "loaf", "LSS": "less",
    "MACH": "machine", "MEMORABLILIA": "memorabilia", "MISC": "miscellaneous", "MISC.": "miscellaneous",
    "MIXS": "mixes", "MLK": "milk", "MLT-PK": "multi-pack", "MNRL": "mineral", "MULTI-PK": "multi-pack",
    "MX": "mixes", "MXS": "mixes", "N": "and", "NAT": "natural", "PAC": "packed", "PCKGD": "packaged",
    "PICANTEE": "picante", "PK": "pack", "PKG": "package", "PKG.SEAFOOD": "packaged seafood", "PKGD": "packaged",
    "PKLD": "pickled", "PNCH": "punch", "PNT": "peanut", "PREM": "premium", "PREP": "prepared", "PROD": "produce",
    "PROTIEN": "protein", "PWDR": "powder", "PWDRS": "powders", "REFIGERATED": "refrigerated",
    "REFRGRATD": "refrigerated", "REFRIG": "refrigerated", "REG": "regular", "RTD": "ready to drink",
    "RTS": "ready to serve", "SAL": "salad", "SAUS": "sausage", "SCE": "sauce", "SFT": "soft", "SGL": "single",
    "SMI-SWT": "semi-sweet", "SNGL": "single", "SPECILATY": "specialty", "SPLY": "supplies", "SPRD": "spread",
    "SRV": "serve", "SS": "single serve", "STK": "stick", "SUP": "super", "SUPP": "supplements",
    "SUPPPLIES": "supplies", "SV": "single-serve", "SW": "sweet", "SWEETNERS": "sweeteners", "THN": "than",
    "TISS": "tissue", "TRSH": "trash", "UNDERGARMEN": "undergarments", "UNDR": "under", "VAC": "vacuum",
    "VEG": "vegetable", "W/": "with", "W/O": "without", "WHLSM": "wholesome", "WT": "weight", "WTR": "water",
}  # fmt: skip
"""Abbreviations and slips, as single words."""

PROPER = frozenset({
    "american", "angus", "asian", "canadian", "chinese", "christmas", "easter", "english", "french", "german",
    "greek", "hawaiian", "hispanic", "indian", "irish", "italian", "japanese", "kosher", "maybelline", "mexican",
    "parmesan", "polish", "revlon", "russet", "spanish", "swiss", "thai", "valentine", "caribbean", "halloween",
    "thanksgiving", "roma", "gala", "fuji", "bartlett", "idaho", "vidalia", "covergirl", "loreal", "almay",
})  # fmt: skip
"""Words that keep their capital."""

KEPT = frozenset({"BBQ", "OJ", "TV", "IQF", "OTC", "SPF", "DVD", "CD", "UHT", "HD"})
"""Words that stay in capitals."""

GENERIC = frozenset({
    "ALL", "BASE", "BETTER", "BLENDS", "BULK", "CHOICE", "CUBES", "DECOR", "ECONOMY", "ENHANCED", "FOR", "GARDEN",
    "GENERAL", "INTERNATIONAL", "LARGE", "LEAN", "LOAVE", "MAINSTREAM", "MEAT", "MISC", "MISC.", "MISCELLANEOUS",
    "NON", "OTHER", "OTHERS", "PATTIES", "PINTS", "PLUS", "PREMIUM", "PRIMAL", "REGULAR", "SEASONAL", "SELECT",
    "SMALL", "SPECIAL", "SPECIALTY", "STANDARD", "SUPER", "TRADITIONAL", "UPSCALE", "VALUE", "YOU", "-", "&", "ITEMS",
})  # fmt: skip
"""A type made of nothing but these says too little without its category."""

_OPEN_TAIL = re.compile(r"\s*\([^)]*$")
_SPACED = re.compile(r"\s*([:,])\s*")
_DASHED = re.compile(r"\s+-\s*|-\s+")
_DANGLING = re.compile(r"(?: (?:and|or|of|with|no|w|[a-z]))+$")
_ENDS = " -/&:,.<="
_SIZE = re.compile(
    r"(?<![\d.])(?P<number>(?:\d{1,2} (?=\d/))?"
    r"\d{0,4}(?:[./]\d{1,3}|\.\d{1,3})?(?:-\d{1,3})?(?:/\d{1,3}(?:\.\d+)?)?)\s*"
    r"(?P<unit>OZ|LB|CT|PK|ML|LTR|L|GAL|QT|PT|KG|GM|FT|IN|YD|DZ|PC|ROLL|SQ FT|LOADS?)\b"
)


class Labels:
    """Makes shelf labels readable.

    Args:
        labels: every label of the source; words of the uncut ones tell which words are whole.
    """

    def __init__(self, labels: Iterable[str]) -> None:
        self._whole_words = {
            word for label in labels if len(label) < TYPE_LETTERS for word in re.findall(r"[A-Z']+", label)
        } | set(WORDS)

    def readable(self, label: str) -> str:
        """One label in sentence case, abbreviations written out, a cut-off last word left out."""
        if label in WHOLE:
            return WHOLE[label]
        text = _OPEN_TAIL.sub("", label)
        if len(label) >= TYPE_LETTERS and text == label:
            text = self._without_torn_word(text)
        text = _DASHED.sub(", ", _SPACED.sub(r"\1 ", text.replace("&", " & ").replace("W/", "W/ ").strip(_ENDS)))
        text = " ".join(_word(word) for word in text.strip(_ENDS).split()).strip(_ENDS)
        if len(label) >= TYPE_LETTERS:
            text = _DANGLING.sub("", text).strip(_ENDS)
        return text[:1].upper() + text[1:]

    def kind(self, category: str, product_type: str) -> str:
        """The item type; a type that says nothing by itself gets its category in front."""
        if category and GENERIC.issuperset(product_type.split()):
            return f"{self.readable(category)}, {self.readable(product_type).lower()}"
        return self.readable(product_type)

    def _without_torn_word(self, text: str) -> str:
        head, _, last = re.sub(r"([/&: -])", r" \1 ", text).rpartition(" ")
        whole = not re.fullmatch(r"[A-Z']+", last) or last in self._whole_words
        return text if whole or not head.strip(_ENDS) else text[: len(text) - len(last)].rstrip(_ENDS)


def size(package: str, *, at_most: float = 0.0) -> str:
    """A package size as a person writes it, `16 oz`; empty when none can be made out.

    Args:
        package: as the source has it.
        at_most: a single number above it is the crate and not what is bought; 0 for no such limit.
    """
    found = [match for match in _SIZE.finditer(package.upper()) if match["number"].strip("0./-")]
    if not found:
        return ""
    if at_most and any(float(re.split(r"[ /-]", match["number"].strip("/-"))[0]) > at_most for match in found):
        return ""
    parts = dict.fromkeys(f"{_number(match['number'])} {match['unit'].lower()}" for match in found)
    return ", ".join(parts)


def _number(text: str) -> str:
    text = text.strip("/-")
    text = text.lstrip("0") if "/" not in text else text
    text = text.rstrip("0").rstrip(".") if "." in text and "/" not in text else text
    return f"0{text}" if text.startswith(".") else text


def _word(word: str) -> str:
    if word in WORDS:
        return WORDS[word]
    return "".join(_plain(part) for part in re.split(r"([/-])", word))


def _plain(word: str) -> str:
    bare = word.strip("():,.")
    if bare in KEPT:
        return word
    if bare in WORDS:
        return word.replace(bare, WORDS[bare])
    return word.lower().replace(bare.lower(), bare.capitalize()) if bare.lower() in PROPER else word.lower()
