"""Row checks: canonical tables as they came into typed tables that the rest of the build can trust.

A row that cannot be used goes to quarantine with its reason; an optional value that cannot be read is left out and
counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from clerk.clock import first_second, to_datetime
from clerk.intake.canonical_tables import ROW, Source, distinct_rows
from clerk.intake.checks import values
from clerk.intake.checks.currencies import codes
from clerk.intake.checks.damaged import damage_tests, damaged_values, damages, sentences, spoilt_tests
from clerk.intake.checks.reading import Reading, Shop
from clerk.intake.quarantine import Quarantine
from clerk.intake.report import BuildReport
from clerk.model import DATE_UNREAD, UNDATED, CardStatus, ConsentState, Purpose
from clerk.phrases import count
from clerk.text import clean_long, unmarked

LONG_CHARS = 2000
"""Characters kept of a description."""

NOTHING, EVERYBODY = "none", "everybody"
"""What a shop writes to state that an item contains no allergen, and that it is for everybody."""

OTHER_STORES = "of other stores"

_OWN_CODE = re.compile(r"[BCDFGHJKLNPRSTVX]{24}", re.IGNORECASE)
_REVOKED = ("revoked", "lost", "stolen", "blocked", "replaced", "inactive", "expired", "cancelled", "canceled")
_GIVEN = ("given", "yes", "true", "1", "opt-in", "granted", "subscribed")
_WITHDRAWN = (
    "withdrawn", "no", "false", "0", "opt-out", "opted-out", "opt out", "opted out", "optout", "revoked", "refused",
    "declined", "denied", "unsubscribed",
)  # fmt: skip


class Checks:
    """The checks of one build.

    Args:
        shop: the store.
        quarantine: where bad rows go.
        report: gets kept and repeated rows, and fallbacks.
    """

    def __init__(self, shop: Shop, quarantine: Quarantine, report: BuildReport) -> None:
        self._shop = shop
        self._quarantine = quarantine
        self._report = report

    def items(self, source: Source) -> pl.DataFrame:
        """Typed items, one a SKU; the last of several rows counts."""
        raw = source.frame
        read = self._reading(source, numbers=("price",))
        sku, name = values.texts(raw, "sku", 120), values.texts(raw, "name", 200)
        price = read.minors(raw, "price")
        self._unread(source, "price", price, "no number")
        elsewhere = codes(values.texts(raw, "currency", 20), self._shop.currency) != ""
        self._say(int((elsewhere & price.is_not_null()).sum()), "items have a price in another currency: left out")
        price = price.set(elsewhere, None)
        allergens = _listed(values.texts(raw, "allergens", 300))
        mention, language = values.yes_or_empty(raw, "mention"), values.texts(raw, "language", 20)
        two_letters = language.str.to_lowercase().str.extract(r"^([a-z]{2})(?:[-_].*)?$").fill_null("")
        typed = raw.select(ROW).with_columns(
            sku=sku,
            name=name.zip_with(name != "", sku),
            gtin=values.texts(raw, "gtin", 32).str.replace_all(r"[^0-9A-Za-z]", ""),
            description=_long_texts(raw, "description"),
            category=_paths(values.texts(raw, "category", 300)),
            brand=values.texts(raw, "brand", 120),
            price_minor=price.set(price < 0, None),
            durable=values.yes(raw, "durable").fill_null(value=False),
            sensitive=values.yes(raw, "sensitive").fill_null(value=False),
            age_restricted=values.yes(raw, "age_restricted").fill_null(value=False),
            allergens=_without(allergens, NOTHING),
            variant_of=values.texts(raw, "variant_of", 120),
            image=values.texts(raw, "image", 300),
            audience=_without(_listed(values.texts(raw, "audience", 120)), EVERYBODY),
            diets=_listed(values.texts(raw, "diets", 300), r"[\s_]+", "-"),
            mention=mention,
            goes_with=_skus(values.texts(raw, "goes_with", 1000)),
            language=two_letters,
        )
        self._say(int(((name == "") & (sku != "")).sum()), "items without a name are called by their SKU")
        both = allergens.str.contains(rf"(?:^|; ){NOTHING}(?:;|$)") & (allergens != NOTHING)
        self._say(int(both.sum()), "items state allergens and none: the allergens count")
        self._unread(source, "mention", mention, "neither yes nor no")
        self._unread(source, "language", two_letters.set(two_letters == "", None), "no two letters such as de")
        tests = [(pl.col("sku") == "", "no sku"), *spoilt_tests(typed["sku"])]
        typed = self._quarantine.sift(source, typed, tests)
        return self._once(source, typed, ["sku"])

    def members(self, source: Source) -> pl.DataFrame:
        """Typed members, one an id; the last of several rows counts. A damaged e-mail or phone is null: not stated."""
        raw = source.frame
        read = self._reading(source, moments=("birthday", "joined_on"))
        email = self._good(values.texts(raw, "email", 120), "email")
        phone = self._good(values.texts(raw, "phone", 40).str.strip_prefix("'"), "phone")
        typed = raw.select(ROW).with_columns(
            values.texts(raw, "member_id", 120),
            *(values.texts(raw, name, limit).alias(name) for name, limit in (
                ("name", 80), ("given_name", 60), ("locale", 20), ("home_store", 60), ("tier", 60),
            )),
            email=email,
            phone=phone,
            birthday=read.dates(raw, "birthday"),
            joined_on=read.dates(raw, "joined_on"),
        )  # fmt: skip
        # Whoever joined in the future would come back after every erasure until then.
        ahead = typed["joined_on"] > f"{to_datetime(self._shop.now):%Y-%m-%d}"
        typed = typed.with_columns(joined_on=typed["joined_on"].set(ahead, ""))
        self._say(int(ahead.sum()), "members joined in the future: the day is left out")
        tests = [
            (pl.col("member_id") == "", "no member_id"),
            *_damage_tests(typed["member_id"]),
        ]
        return self._once(source, self._quarantine.sift(source, typed, tests), ["member_id"])

    def cards(self, source: Source) -> pl.DataFrame:
        """Typed cards; a code may stand for several members."""
        raw = source.frame
        read = self._reading(source, moments=("issued_at",))
        status = values.texts(raw, "status", 20).str.to_lowercase()
        codes = values.texts(raw, "code", 200)
        typed = raw.select(ROW).with_columns(
            code=pl.Series([_code(code) for code in codes], dtype=pl.String),
            member_id=values.texts(raw, "member_id", 120),
            status=pl.select(
                pl.when(status.is_in(["", "active", "valid", "1"])).then(pl.lit(CardStatus.ACTIVE.value))
                .when(status.is_in(_REVOKED)).then(pl.lit(CardStatus.REVOKED.value))
            ).to_series(),
            issued_on=read.dates(raw, "issued_at"),
        )  # fmt: skip
        tests = [
            (pl.col("code") == "", "no code"),
            (pl.col("member_id") == "", "no member_id"),
            *_damage_tests(typed["code"]),
            *_damage_tests(typed["member_id"]),
            (pl.col("status").is_null(), "a status that is neither active nor revoked"),
        ]
        return self._once(source, self._quarantine.sift(source, typed, tests), ["code", "member_id"])

    def stock(self, source: Source) -> pl.DataFrame:
        """What lies in this store, one row a SKU; shelves of one SKU are added up."""
        raw = source.frame
        read = self._reading(source, numbers=("on_hand",), moments=("counted_at",))
        counted = read.moments(raw, "counted_at")
        typed = raw.select(ROW).with_columns(
            sku=values.texts(raw, "sku", 120),
            on_hand=read.numbers(raw, "on_hand").floor(),
            store_id=values.texts(raw, "store_id", 60),
            shelf=values.texts(raw, "shelf", 60),
            counted_at=counted,
        )
        tests = [
            (pl.col("sku") == "", "no sku"),
            *spoilt_tests(typed["sku"]),
            (pl.col("on_hand").is_null() | (pl.col("on_hand").abs() > 1e9), "on_hand is no number"),
        ]
        typed = self._quarantine.sift(source, typed, tests)
        here = self._of_this_store(typed)
        self._report.table(source.table).leave_out(
            OTHER_STORES, distinct_rows(typed[ROW]) - distinct_rows(here[ROW])
        )  # fmt: skip
        typed = here
        typed = self._once(source, typed, ["sku", "store_id", "shelf"])
        return typed.group_by("sku", maintain_order=True).agg(
            pl.col("on_hand").clip(0).sum().cast(pl.Int64),
            pl.col("shelf").filter(pl.col("shelf") != "").first().fill_null(""),
            pl.col("counted_at").min(),
        )

    def modifiers(self, source: Source) -> pl.DataFrame:
        """Typed choices, in the order of the file."""
        raw = source.frame
        read = self._reading(source, numbers=("price",))
        available = values.yes(raw, "available", default=True)
        price = read.minors(raw, "price")
        self._unread(source, "price", price, "no number")
        typed = raw.select(ROW).with_columns(
            sku=values.texts(raw, "sku", 120),
            category=_paths(values.texts(raw, "category", 300)),
            group=_part(values.texts(raw, "group", 60)),
            option=_part(values.texts(raw, "option", 60)),
            price_minor=price.fill_null(0),
            available=available.fill_null(value=True),
        )
        tests = [
            (pl.col("option") == "", "no option"),
            ((pl.col("sku") == "") & (pl.col("category") == ""), "neither sku nor category"),
            *spoilt_tests(typed["sku"]),
        ]
        return self._once(source, self._quarantine.sift(source, typed, tests), ["sku", "category", "group", "option"])

    def consents(self, source: Source) -> pl.DataFrame:
        """Typed consent events, oldest first for each member.

        Where a row says something about a purpose and cannot be read whole, an earlier yes does not go on: a no counts
        whatever its date is, and an answer that is neither yes nor no as if nobody had been asked.
        """
        raw = source.frame
        read = self._reading(source, moments=("at",))
        state = values.texts(raw, "state", 20).str.to_lowercase()
        typed = raw.select(ROW).with_columns(
            member_id=values.texts(raw, "member_id", 120),
            purpose=values.texts(raw, "purpose", 30).str.to_lowercase(),
            state=pl.select(
                pl.when(state.is_in(_GIVEN)).then(pl.lit(ConsentState.GIVEN.value))
                .when(state.is_in(_WITHDRAWN)).then(pl.lit(ConsentState.WITHDRAWN.value))
                .when(state == ConsentState.NOT_ASKED.value).then(pl.lit(ConsentState.NOT_ASKED.value))
            ).to_series(),
            at=read.moments(raw, "at"),
            channel=values.texts(raw, "channel", 40),
            wording=values.texts(raw, "wording", 200),
            by=values.texts(raw, "by", 60),
        )  # fmt: skip
        # Without a date of its own it has that of its file, whose clock may be ahead of this one.
        ahead = first_second(pl.col("at")) > self._shop.now
        typed = typed.with_columns(
            at=pl.when((pl.col("by") == UNDATED) & ahead).then(pl.lit(self._shop.now)).otherwise(pl.col("at"))
        )
        tests = [
            (pl.col("member_id") == "", "no member_id"),
            *_damage_tests(typed["member_id"]),
            (~pl.col("purpose").is_in([purpose.value for purpose in Purpose]), "an unknown purpose"),
            (pl.col("state").is_null(), "a state that is neither given nor withdrawn"),
            (pl.col("at").is_null(), "at is no date"),
            # A yes from the future would count more than every no until then.
            (
                (pl.col("state") == ConsentState.GIVEN.value) & ahead,
                "agreed to in the future",
            ),
        ]
        key = ["member_id", "purpose", "state", "at"]
        doubtful = self._doubtful(typed)
        sure = self._once(source, self._quarantine.sift(source, typed, tests), key)
        return pl.concat([sure, doubtful]).unique(key, keep="first", maintain_order=True).sort("member_id", "at", ROW)

    def _doubtful(self, consents: pl.DataFrame) -> pl.DataFrame:
        """What rows that go to quarantine keep from being a yes."""
        is_no = pl.col("state") == ConsentState.WITHDRAWN.value
        found = consents.filter(
            (pl.col("member_id") != "")
            & pl.col("purpose").is_in([purpose.value for purpose in Purpose])
            & (pl.col("state").is_null() | (is_no & pl.col("at").is_null()))
        )
        if found.height:
            self._report.fallbacks.append(
                f"{count(found.height, 'consent')} that cannot be read whole: no yes from before goes on"
            )
        return found.with_columns(
            state=pl.col("state").fill_null(ConsentState.NOT_ASKED.value),
            at=pl.col("at").fill_null(self._shop.now),
            by=pl.when(pl.col("at").is_null()).then(pl.lit(DATE_UNREAD)).otherwise("by"),
        )

    def privileges(self, source: Source) -> pl.DataFrame:
        """Typed privileges of the tiers."""
        raw = source.frame
        read = self._reading(source, moments=("until",))
        typed = raw.select(ROW).with_columns(
            tier=values.texts(raw, "tier", 60),
            text=values.texts(raw, "text", 200),
            until=read.moments(raw, "until"),
        )
        written = values.texts(raw, "until") != ""
        tests = [
            (pl.col("tier") == "", "no tier"),
            (pl.col("text") == "", "no text"),
            # Without an end it would hold for ever.
            (pl.col("until").is_null() & written, "until is no date"),
        ]
        return self._once(source, self._quarantine.sift(source, typed, tests), ["tier", "text"])

    def _of_this_store(self, stock: pl.DataFrame) -> pl.DataFrame:
        stores = set(stock["store_id"].unique()) - {""}
        if not stores or (len(stores) == 1 and not self._shop.store_id):
            return stock
        if not self._shop.store_id:
            self._report.fallbacks.append(
                "stock names several stores and store.toml none: nothing counts as counted (name the store_id)"
            )
            return stock.clear()
        return stock.filter(pl.col("store_id").is_in(["", self._shop.store_id]))

    def _once(self, source: Source, typed: pl.DataFrame, key: list[str]) -> pl.DataFrame:
        """One row for each natural key: the last one, since earlier ones are older statements of the same."""
        once = typed.unique(key, keep="last", maintain_order=True)
        table = self._report.table(source.table)
        kept = self._quarantine.good_rows(source.table, once[ROW])
        rows = self._quarantine.good_rows(source.table, typed[ROW])
        table.repeated += rows - kept
        table.kept += kept
        return once

    def _good(self, texts: pl.Series, kind: str) -> pl.Series:
        """Identifiers with null for damaged ones, which are counted."""
        why = damages(texts, kind)
        self._report.fallbacks += sentences(kind, why)
        return texts.set(why != "", None)

    def _say(self, rows: int, sentence: str) -> None:
        if rows:
            self._report.fallbacks.append(f"{rows:,} {sentence}")

    def _reading(self, source: Source, *, numbers: Sequence[str] = (), moments: Sequence[str] = ()) -> Reading:
        reading = Reading(source, self._shop, numbers=numbers, moments=moments)
        self._report.fallbacks += reading.said()
        return reading

    def _unread(self, source: Source, column: str, read: pl.Series, what: str) -> None:
        if source.has(column):
            written = source.frame[column].cast(pl.String).fill_null("").str.strip_chars() != ""
            self._say(int((written & read.is_null()).sum()), f"{source.table} have a {column} that is {what}")


def empty_items() -> pl.DataFrame:
    """Items of a shop that gave none: all are known from lines only."""
    source = Source("items", "", pl.DataFrame(schema={ROW: pl.UInt32, "sku": pl.String, "name": pl.String}))
    report = BuildReport("")
    return Checks(Shop(), Quarantine(report, share=1.0, rows_from=1), report).items(source)


def _damage_tests(ids: pl.Series) -> list[tuple[pl.Expr, str]]:
    return damage_tests(ids, damaged_values(ids, "id"))


def _long_texts(frame: pl.DataFrame, column: str) -> pl.Series:
    """Descriptions without markup, on one line."""
    if column not in frame.columns:
        return values.texts(frame, column)
    raw = frame[column].cast(pl.String).fill_null("")
    different = raw.unique()
    plain = pl.Series([clean_long(unmarked(text), LONG_CHARS) for text in different], dtype=pl.String)
    return raw.replace(different, plain)


def _paths(categories: pl.Series) -> pl.Series:
    """Category paths with ` > ` between levels and no empty level."""
    different = categories.unique()
    tidy = [" > ".join(level.strip() for level in text.split(">") if level.strip()) for text in different]
    return categories.replace(different, pl.Series(tidy, dtype=pl.String))


def _listed(cells: pl.Series, pattern: str = r"\s+", between: str = " ") -> pl.Series:
    """Words of a cell sorted, separated by `; `, in lower case.

    Args:
        cells: words separated by `;`, `,` or `|`.
        pattern: what separates the parts of one word.
        between: what is written for it.
    """
    different = cells.unique()
    parts = ({re.sub(pattern, between, p.strip().lower()) for p in re.split(r"[,;|]", cell)} for cell in different)
    return cells.replace(different, pl.Series(["; ".join(sorted(p - {""})) for p in parts], dtype=pl.String))


def _without(cells: pl.Series, word: str) -> pl.Series:
    """Listed words without one that only counts alone."""
    different = cells.unique()
    tidy = ["; ".join([each for each in cell.split("; ") if each != word]) or cell for cell in different]
    return cells.replace(different, pl.Series(tidy, dtype=pl.String))


def _skus(cells: pl.Series) -> pl.Series:
    """SKUs separated by `; `, each once, in the order of the file."""
    different = cells.unique()
    tidy = ["; ".join(dict.fromkeys(p.strip() for p in re.split(r"[;|]", cell) if p.strip())) for cell in different]
    return cells.replace(different, pl.Series(tidy, dtype=pl.String))


def _part(texts: pl.Series) -> pl.Series:
    """A group or option without the characters that separate modifiers."""
    return texts.str.replace_all(r"[;=]", " ").str.strip_chars()


def _code(code: str) -> str:
    """Our own codes upper-case without the blanks of their printed form; any other code as it is."""
    compact = re.sub(r"[\s-]", "", code)
    return compact.upper() if _OWN_CODE.fullmatch(compact) else code
