"""The people and things of the fake desk: one café, four members, all as a real pack could hold them."""

from __future__ import annotations

from dataclasses import replace

from clerk.clock import DAY_S, parse_at
from clerk.model import (
    AgreementState,
    Consents,
    Due,
    DueState,
    HistoryLine,
    Item,
    ItemCard,
    Member,
    Modifier,
    Neighbour,
    Purpose,
    PurposeNow,
    Reason,
    ShopStatus,
    Suggestion,
    Usual,
    UsualLine,
    UsualState,
    VisitCard,
)

NOW = parse_at("2026-11-22T09:12")
"""A Sunday morning."""

ADA_CODE = "BCDFGHJKLNPRSTVXBCDFJRRX"
"""Ada's card; its check letters are right."""

BEN_CODE = "XVTSRPNLKJHGFDCBXVTSDSJK"
"""Ben's card; its check letters are right."""

OAT, LARGE, SOY = Modifier("Milk", "Oat"), Modifier("Size", "Large"), Modifier("Milk", "Soy")

FLAT_WHITE = Item(1, "FW-01", "Flat white", "Double ristretto under thin foam.", "Drinks > Coffee", price_minor=390)
CROISSANT = Item(
    2,
    "BK-07",
    "Almond croissant",
    "Baked here every morning.",
    "Bakery > Viennoiserie",
    price_minor=320,
    allergens=("nuts", "gluten"),
    on_hand=6,
    shelf="Counter",
    counted_at=NOW - 3 * 3600,
)
BEANS = Item(
    3,
    "BN-250",
    "Espresso beans 250 g",
    "Dark, chocolate, low acidity.",
    "Beans > Espresso",
    "Northside",
    "4006381333931",
    price_minor=890,
    on_hand=14,
    shelf="B3",
    counted_at=NOW - 3 * 3600,
)
LATTE = Item(4, "LT-02", "Hazelnut oat latte", "New this week.", "Drinks > Coffee", price_minor=450)
TEAPOT = Item(
    5,
    "TP-11",
    "Cast-iron teapot 0.6 l",
    "Keeps a pot of sencha warm for an hour. Made in Iwate, with a "
    "removable steel strainer; not for the stove or the dishwasher.",
    "Homeware > Teapots",
    "Iwachu",
    price_minor=4900,
    durable=True,
    on_hand=2,
    shelf="H1",
    counted_at=NOW - DAY_S,
)
FILTER = Item(
    6,
    "FP-02",
    "Filter papers no. 2, 100",
    "",
    "Coffee > Filters",
    price_minor=350,
    on_hand=0,
    shelf="B4",
    counted_at=NOW - 3 * 3600,
)
FILTER_4 = Item(
    7,
    "FP-04",
    "Filter papers no. 4, 100",
    "",
    "Coffee > Filters",
    price_minor=390,
    on_hand=9,
    shelf="B4",
    counted_at=NOW - 3 * 3600,
)
ITEMS = (FLAT_WHITE, CROISSANT, BEANS, LATTE, TEAPOT, FILTER, FILTER_4)

ADA = Member(1, "M-0001", "Ada Lovelace", "Ada", tier="Gold")
BEN = Member(2, "M-0002", "Ben Okri", "Ben")
CLEO = Member(3, "M-0003", "Cleo Ferreira-Wójcik", "Cleo")

HOSTILE = "\x1b]52;c;aGk=\x07\x1b[2J[/][@click=app.quit]Bob[/] \u202egnp.exe\u2066 Z\u0301" + "\u0301" * 300 + "\x9b31m"
"""Clipboard write, clear screen, markup, an action link, bidi overrides, 300 combining marks, a C1 introducer."""

STATUS = ShopStatus(
    store="Store 0412",
    device="Till 2",
    generation="2026-11-22T0410",
    built_at=parse_at("2026-11-22T04:10"),
    data_until=parse_at("2026-11-21T18:40"),
    now=NOW,
    members=412,
    items=124,
    lines=18_204,
    currency="EUR",
    events=3,
    encoder="all-MiniLM-L6-v2",
    demo_code=ADA_CODE,
    demo_name="Ada Lovelace",
)


LATTE_LINES = ("B900:1", "B898:2", "B777:1")
"""The newest purchases behind the latte's reason: the third one is older than the lines on the card."""


def history(count: int) -> tuple[HistoryLine, ...]:
    """Past lines, newest first."""
    items = (FLAT_WHITE, CROISSANT, BEANS)
    return tuple(
        HistoryLine(
            f"B{900 - at // 2}:{at % 2 + 1}",
            NOW - (10 + 7 * (at // 2)) * DAY_S,
            items[at % 3],
            (LARGE, OAT) if at % 3 == 0 else (),
            1.0,
            "gift" if at == 5 else "",
        )
        for at in range(count)
    )


def agreed_to(*purposes: Purpose) -> Consents:
    """A yes to these; nobody asked about the others."""
    yes, nothing = PurposeNow(AgreementState.GIVEN, NOW - 90 * DAY_S), PurposeNow(AgreementState.NOT_ASKED)
    return Consents({purpose: yes if purpose in purposes else nothing for purpose in Purpose})


def ada_card(visit_id: str = "v1") -> VisitCard:
    """A regular with everything: usual with a part out, due, suggestions, notes, a tier."""
    usual = Usual(
        UsualState.USUAL,
        (
            UsualLine(FLAT_WHITE, (LARGE, replace(OAT, available=False)), 1, 7, 10, ("oat milk is out",), "soy milk"),
            UsualLine(CROISSANT, (), 1, 5, 10),
        ),
        (UsualLine(FLAT_WHITE, (LARGE, OAT), 2, 1, 1), UsualLine(BEANS, (), 1, 1, 1)),
        NOW - 10 * DAY_S,
        False,
        "7 of the last 10 visits",
    )
    return VisitCard(
        visit_id,
        NOW,
        ADA,
        "····JRRX",
        agreed_to(Purpose.REMEMBER, Purpose.SUGGEST),
        212,
        NOW - 10 * DAY_S,
        usual,
        (Due(BEANS, DueState.OVERDUE, 12.0, 14.0, 0.61, "every 12 days, last 14 days ago", last_at=NOW - 14 * 86_400),),
        (
            Suggestion(
                LATTE,
                0.4,
                "taste",
                Reason(
                    "like the Flat white; new this week", ("Flat white: 7 of 10 visits", "on the menu since 20 Nov")
                ),
            ),
            Suggestion(TEAPOT, 0.2, "house", Reason("chosen by the shop this month", ("house pick no. 2",))),
        ),
        ("Nothing else is good enough: the next best was passed over three times.",),
        visits=212,
        history=history(24),
        notes=("no peanuts",),
        privileges=("a free refill before noon",),
    )


def ben_card(visit_id: str = "v2") -> VisitCard:
    """New here: nothing to say yet, and each empty place says why."""
    usual = Usual(UsualState.NOT_YET, (), (), None, False, "No usual yet: 2 visits. Shown from 3.")
    return VisitCard(
        visit_id,
        NOW,
        BEN,
        "····DSJK",
        agreed_to(Purpose.REMEMBER),
        2,
        NOW - 30 * DAY_S,
        usual,
        (),
        (),
        ("Not asked yet about suggestions: ^G shows what to read out.",) * 3,
        history=history(2),
        visits=2,
    )


def hostile_card(visit_id: str = "v3") -> VisitCard:
    """Every text of the card is an attack."""
    item = replace(
        LATTE,
        sku="HX-1",
        name=HOSTILE,
        description=HOSTILE,
        category=HOSTILE,
        shelf=HOSTILE,
        brand=HOSTILE,
        allergens=(HOSTILE,),
    )
    mods = (Modifier(HOSTILE, HOSTILE),)
    card = ada_card(visit_id)
    usual = Usual(
        UsualState.USUAL,
        (UsualLine(item, mods, 1, 7, 10, (HOSTILE,), HOSTILE),),
        (UsualLine(item, mods, 1, 7, 10),),
        NOW,
        False,
        HOSTILE,
    )
    return replace(
        card,
        member=Member(9, "M-0009", HOSTILE, HOSTILE, tier=HOSTILE),
        card_hint=HOSTILE,
        usual=usual,
        due=(Due(item, DueState.DUE, 2, 2, 0.5, HOSTILE),),
        suggestions=(Suggestion(item, 0.4, "taste", Reason(HOSTILE, (HOSTILE,))),),
        silence=(HOSTILE, HOSTILE),
        history=(HistoryLine(HOSTILE, NOW, item, mods, 1.0, HOSTILE),),
        notes=(HOSTILE,),
        privileges=(HOSTILE,),
    )


def item_card(item: Item) -> ItemCard:
    """The item screen of an item."""
    choices = (LARGE, replace(OAT, price_minor=50, available=False), SOY) if item.category == "Drinks > Coffee" else ()
    near = tuple(Neighbour(each, 0.7, True) for each in ITEMS if each.is_here and each is not item)[:3]
    return ItemCard(item, choices, near, (CROISSANT, BEANS), NOW, "EUR")
