"""Dates and times as exports write them, turned into the shop's own wall time.

Whether `03/04/2026` is in March or in April no cell says by itself. The column does: where one row is `25/04/2026` the
day stands first. One rule for offsets: a time with an offset, such as `+02:00`, is turned to the shop's time zone where
`store.toml` names one, else it is the wall time as written. Cost: each different day and each different time once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from clerk.clock import NOON_S
from clerk.intake.checks.numbers import LONGEST, in_plain_text
from clerk.intake.checks.written import Order, folded, words

_ISO = "%Y-%m-%d %H:%M:%S"
ORDERS: tuple[Order, ...] = ("ymd", "dmy", "mdy")
"""Orders of day, month and year."""
_PREVAILS = 10
"""An order is the column's when it is proven this many times as often as any other: single slips prove nothing."""
_YEAR_FIRST = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T]|$)"
"""Most dates: their order is plain."""
_OFFSETS_AT_MOST = 200
"""Different ends of times; more are no offsets."""
_SPREADSHEET_EPOCH = 25_569
"""1970-01-01 as spreadsheets store it: days since 1899-12-30."""
_SERIALS = (10_000, 73_050)
"""Days of a spreadsheet that are taken for dates: 1927 to 2099."""
_CENTURY_FROM = 69
"""Years of two digits from here on are of the twentieth century."""

_NUMBERS_ONLY = re.compile(r"(\d{1,4})\s?[-/. ]\s?(\d{1,2})\s?[-/. ]\s?(\d{1,4})[.,]?")
_WITH_SIGNS = re.compile(r"(\d{4}|\d{2})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]?")
_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['.-][^\W\d_]+)*")
_DOTTED = re.compile(
    r"[ ,t](?:um |klo? |kl\. |ore )?(?P<hour>\d{1,2})\.(?P<minute>\d{2})(?:\.(?P<second>\d{2}))?(?: uhr)?$"
)
_TIMES_WITHOUT_COLON = (
    re.compile(r"(?P<hour>\d{1,2}) ?[時时시](?: ?(?P<minute>\d{1,2}) ?[分분])?(?: ?(?P<second>\d{1,2}) ?[秒초])?"),
    re.compile(r"(?P<hour>\b\d{1,2}) ?h ?(?P<minute>\d{2})?(?P<second>(?!))?"),
    re.compile(r"(?<=^\d{8})[t ]?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?!\d)"),
    re.compile(r"(?<=-\d\d)[t ](?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?!\d)"),
    re.compile(r"(?P<hour>\b\d{1,2})(?P<minute>(?!))?(?P<second>(?!))?(?= ?[ap]\.? ?m\b)"),
    _DOTTED,
)
_ORDINAL = re.compile(r"(\d)(?:st|nd|rd|th|er|re|º|°|ª|a|o)\b")


@dataclass(frozen=True, slots=True)
class OrderProof:
    """How many days of a column can be read in each order; proofs of several parts of a column are added up."""

    days: int = 0
    """Different days whose order is not plain from their form."""
    fits: tuple[int, int, int] = (0, 0, 0)
    """Days that each order of `ORDERS` can read."""
    only: tuple[int, int, int] = (0, 0, 0)
    """Days that no other order can read."""
    dotted: int = 0
    """Days written as `1.11.2026`, which is day, month, year unless a row proves otherwise."""

    def __add__(self, other: OrderProof) -> OrderProof:
        return OrderProof(
            self.days + other.days, _sum(self.fits, other.fits), _sum(self.only, other.only), self.dotted + other.dotted
        )  # fmt: skip

    @property
    def order(self) -> Order | None:
        """The order that all rows allow; None when several do, or rows contradict each other."""
        if not self.days:
            return "ymd"
        fitting = [order for order, number in zip(ORDERS, self.fits, strict=True) if number == self.days]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            return "dmy" if self.dotted == self.days and "dmy" in fitting else None
        most = max(range(3), key=self.only.__getitem__)
        others = sum(self.only) - self.only[most]
        return ORDERS[most] if self.only[most] >= _PREVAILS * max(others, 1) else None


def _sum(one: tuple[int, int, int], other: tuple[int, int, int]) -> tuple[int, int, int]:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def order_of(texts: pl.Series, today: date | None = None) -> Order | None:
    """The order of day, month and year that a column proves; None when it proves none.

    A column in which no date depends on an order, such as `2026-11-01` or `1 Nov 2026`, counts as `ymd`.

    Args:
        texts: dates, with or without times.
        today: dates after it cannot be meant, where the column holds what happened.
    """
    return order_proof(texts, today).order


def order_proof(texts: pl.Series, today: date | None = None) -> OrderProof:
    """What the dates of a column prove about their order."""
    apart = _taken_apart(texts.filter(~texts.str.contains(_YEAR_FIRST)))
    proof = OrderProof()
    counted = apart["day"].drop_nulls().unique()
    for text in counted:
        numbers = _three_numbers(text)
        if numbers is None or numbers.year_first:
            continue
        ymd, dmy, mdy = (int(_fits(numbers.parts, order, today)) for order in ORDERS)
        fits = (ymd, dmy, mdy)
        if any(fits):
            dotted = int("." in text and len(numbers.parts[2]) == 4)
            proof += OrderProof(1, fits, fits if sum(fits) == 1 else (0, 0, 0), dotted)
    return proof


def moments(
    texts: pl.Series, order: Order | None = None, form: str = "", zone: ZoneInfo | str | None = None,
    shop_zone: ZoneInfo | str | None = None, *, otherwise: Order = "dmy",
) -> pl.Series:  # fmt: skip
    """Wall times as `2026-11-01 07:05:00`, days without a time as `2026-11-01`; null for what is neither.

    Args:
        texts: as they are written.
        order: of day, month and year, where it was stated or proven; left out, the column proves it.
        form: how the texts are written, such as `%d/%m/%Y %H:%M`; texts of another form are read as without it.
        zone: of times without an offset, where it is not the shop's.
        shop_zone: what times with an offset are turned to; without it, they count as they are written.
        otherwise: the order of a column that proves none.
    """
    quickly = _iso(texts, shop_zone) if not form and zone is None else None
    rest = texts if quickly is None else texts.set(quickly.is_not_null(), None)
    read = _read(rest, order or _order_in(form) or order_of(texts) or otherwise, form, zone, shop_zone)
    written = pl.coalesce(pl.col("at").dt.strftime(_ISO), pl.col("day").dt.strftime("%Y-%m-%d"))
    slowly = _of_each(rest, read.select("text", read=written))
    return slowly if quickly is None else quickly.dt.strftime(_ISO).fill_null(slowly)


def wall_seconds(texts: pl.Series, order: Order, shop_zone: ZoneInfo | str | None = None) -> pl.Series:
    """The same as wall seconds; a day without a time stands for its noon."""
    quickly = _iso(texts, shop_zone)
    rest = texts.set(quickly.is_not_null(), None)
    if rest.null_count() == len(rest):
        return quickly.dt.epoch("s")
    read = _read(rest, order, "", None, shop_zone)
    noon = pl.col("day").cast(pl.Datetime("us")).dt.epoch("s") + NOON_S
    slowly = _of_each(rest, read.select("text", read=pl.coalesce(pl.col("at").dt.epoch("s"), noon)))
    return quickly.dt.epoch("s").fill_null(slowly)


def _iso(texts: pl.Series, shop_zone: ZoneInfo | str | None) -> pl.Series:
    """Times of the commonest forms at once, null for all others: `2026-11-01 07:05:00`, with an offset or without."""
    at = texts.str.to_datetime(_ISO, strict=False, time_unit="us")
    left = at.is_null() & texts.str.contains(_YEAR_FIRST) & (texts.str.len_bytes() >= len("2026-11-01T07:05:00"))
    if not left.any():
        return at
    others = texts.filter(left)
    wall = others.str.slice(0, 19).str.replace("T", " ", literal=True)
    ends = others.str.slice(19).str.strip_chars().str.to_lowercase()
    different = ends.unique()
    if len(different) > _OFFSETS_AT_MOST:
        return at
    away = pl.Series([0 if end == "" else _offset(end) for end in different], dtype=pl.Int64)
    away = ends.replace_strict(different, away, default=None, return_dtype=pl.Int64)
    read = wall.str.to_datetime(_ISO, strict=False, time_unit="us").set(away.is_null(), None)
    if shop_zone is not None:
        frame = pl.DataFrame({"at": read, "away": away, "end": ends})
        read = frame.select(pl.when(pl.col("end") == "").then("at").otherwise(_there(str(shop_zone)))).to_series()
    return at.scatter(left.arg_true(), read)


def _there(shop_zone: str) -> pl.Expr:
    """Wall times with seconds ahead of UTC, `at` and `away`, in the shop's zone."""
    utc = (pl.col("at") - pl.duration(seconds=pl.col("away"))).dt.replace_time_zone("UTC")
    return utc.dt.convert_time_zone(shop_zone).dt.replace_time_zone(None)


def _of_each(texts: pl.Series, read: pl.DataFrame) -> pl.Series:
    return texts.replace_strict(read["text"], read["read"], default=None, return_dtype=read["read"].dtype)


def _read(
    texts: pl.Series, order: Order, form: str, zone: ZoneInfo | str | None, shop_zone: ZoneInfo | str | None
) -> pl.DataFrame:  # fmt: skip
    """Each different text: text, at (null without a time of day), day."""
    apart = _taken_apart(texts)
    apart = apart.with_columns(
        _each(apart["day"], lambda text: _day(text, order), pl.Date),
        _each(apart["clock"], _seconds, pl.Int64).alias("seconds"),
        _each(apart["offset"], _offset, pl.Int64).alias("away"),
    )
    at = pl.col("day").cast(pl.Datetime("us")) + pl.duration(seconds=pl.col("seconds"))
    # A time that cannot be read makes the whole text unread: noon would be a guess.
    wrong = (pl.col("clock").is_not_null() & pl.col("seconds").is_null()) | (
        pl.col("offset").is_not_null() & pl.col("away").is_null()
    )
    read = apart.with_columns(at=pl.when(~wrong).then(at), day=pl.when(~wrong).then("day"))
    read = _with_bare_numbers(read)
    if form:
        read = _by_form(read, form)
    if shop_zone is not None:
        there = _turned(pl.col("at"), str(zone), str(shop_zone)) if zone is not None else pl.col("at")
        read = read.with_columns(at=pl.when(pl.col("away").is_not_null()).then(_there(str(shop_zone))).otherwise(there))
    return read.select("text", "at", "day")


def _each(texts: pl.Series, read: Callable[[str], object], kind: pl.DataType | type[pl.DataType]) -> pl.Series:
    """Each text read, each different one once."""
    different = texts.drop_nulls().unique()
    found = pl.Series([read(text) for text in different], dtype=kind)
    return texts.replace_strict(different, found, default=None, return_dtype=kind)


class _Numbers(NamedTuple):
    """A day in three numbers, as they stand."""

    parts: tuple[str, str, str]
    year_first: bool


def _taken_apart(texts: pl.Series) -> pl.DataFrame:
    """Each different text: text, and its day, clock and offset as text; null where there is none."""
    different = texts.drop_nulls().unique()
    different = different.filter(different.str.len_bytes() <= LONGEST)
    plain = in_plain_text(different).str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    # The day of the week, or the name of a time zone, in brackets.
    plain = _with_colons(plain.str.replace(r"\s?[(\[][^()\[\]]*[)\]]$", ""))
    frame = pl.DataFrame({"text": different, "plain": plain})
    frame = frame.with_columns(pl.col("plain").str.extract_groups(_clock_pattern()).struct.unnest())
    # What follows the time is its offset, then what is left of the day: `Sun Nov 1 10:30:00 UTC 2026`.
    after = pl.col("after").str.extract_groups(
        r"^\s?(?<offset>(?:(?:utc|gmt) ?)?[+-][0-9]{1,2}(?::?[0-9]{2})?|"
        + "|".join(words().zones)
        + r")?(?<rest>(?:[ ,].*)?)$"
    )
    frame = frame.with_columns(after.struct.unnest(), whole=after.struct.field("rest").is_not_null())
    day = pl.concat_str([pl.col("before"), pl.lit(" "), pl.col("rest").fill_null("")])
    return frame.select(
        "text",
        day=pl.when(pl.col("clock").is_null()).then("plain").when("whole").then(day)
        .str.strip_chars(" ,;|").str.replace(r"([0-9])t$", "${1}"),
        clock="clock",
        offset="offset",
    )  # fmt: skip


def _with_colons(texts: pl.Series) -> pl.Series:
    """Times written as `10h30`, `10時30分`, `10.30 Uhr`, `T103000` or `10 am`, with colons."""
    without = ~texts.str.contains(":", literal=True)
    if not without.any():
        return texts
    return pl.Series(
        [_with_colon(text) if odd else text for text, odd in zip(texts, without, strict=True)], dtype=pl.String
    )


def _with_colon(text: str) -> str:
    for pattern in _TIMES_WITHOUT_COLON:
        found = pattern.search(text)
        if found is None or (pattern is _DOTTED and not _is_day(text[: found.start()])):
            continue
        hour, minute, second = (found.group(name) or "00" for name in ("hour", "minute", "second"))
        return f"{text[: found.start('hour')]} {hour}:{minute:0>2}:{second:0>2}{text[found.end() :]}"
    return text


def _is_day(text: str) -> bool:
    return any(_day(text.strip(" ,"), order) for order in ORDERS)


def _clock_pattern() -> str:
    """Takes a text apart at its time: before, clock (with its half of the day), after."""
    spelled = {word: r"\.? ?".join(letter for letter in word if letter != " ") + r"\.?" for word in _halves()}
    after = "|".join(spelled.values())
    # Little words of other languages are spelled like halves: before a time only these are meant.
    before = "|".join(pattern for word, pattern in spelled.items() if not word.isascii() or word in ("am", "pm"))
    time = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,:][0-9]+)?)?"
    return rf"^(?<before>.*?)(?<clock>(?:(?:{before}) ?)?{time}(?: ?(?:{after}))?)(?<after>(?:[^0-9:].*)?)$"


def _halves() -> Mapping[str, bool]:
    """Word for a half of the day -> whether it is the second."""
    return dict.fromkeys(words().morning, False) | dict.fromkeys(words().afternoon, True)


def _seconds(clock: str) -> int | None:
    """Seconds of the day of a time such as `7:05 am`."""
    numbers = re.search(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", clock)
    if numbers is None:
        return None
    hour, minute, second = (int(part or 0) for part in numbers.groups())
    half = re.sub(r"[\s.]", "", clock[: numbers.start()] + re.sub(r"^[.,:]\d+", "", clock[numbers.end() :]))
    if half and hour <= 12:
        is_late = {word.replace(" ", ""): late for word, late in _halves().items()}[half]
        hour = hour % 12 + 12 * is_late
    midnight = hour == 24 and minute == second == 0
    if (hour > 23 and not midnight) or minute > 59 or second > 60:
        return None
    return hour * 3600 + minute * 60 + second


def _offset(text: str) -> int | None:
    """Seconds ahead of UTC of `+02:00`, `-0330`, `utc+2` or `cet`."""
    if text in words().zones:
        return words().zones[text] * 3600
    numbers = re.search(r"([+-])(\d{1,2}?):?(\d{2})?$", text)
    if numbers is None:
        return None
    hours, minutes = int(numbers.group(2)), int(numbers.group(3) or 0)
    if hours > 15 or minutes > 59:
        return None
    return (hours * 3600 + minutes * 60) * (-1 if numbers.group(1) == "-" else 1)


def _day(text: str, order: Order) -> date | None:
    """One day, however it is written."""
    if (numbers := _three_numbers(text)) is not None:
        if numbers.year_first or order != "ymd":
            return _dated(numbers.parts, "ymd" if numbers.year_first else order)
        # Where the year mostly comes first it comes last in the order day, month, year.
        return _dated(numbers.parts, "dmy" if len(numbers.parts[2]) == 4 else "ymd")
    if re.fullmatch(r"\d{8}", text):
        if text[:2] in ("19", "20"):
            return _dated((text[:4], text[4:6], text[6:]), "ymd")
        return _dated((text[:2], text[2:4], text[4:]), order)
    return _named(text)


def _three_numbers(text: str) -> _Numbers | None:
    """The numbers of a day that is written in numbers only; a day of the week may stand beside them."""
    found = _WITH_SIGNS.search(text) or _NUMBERS_ONLY.search(text)
    if found is None:
        return None
    beside = text[: found.start()] + " " + text[found.end() :]
    if any(token not in words().unsaid for token in _tokens(beside)) or not _is_plain(beside):
        return None
    first, second, third = found.groups()
    if len(first) == 3 or len(third) == 3 or len(first) + len(third) > 6:
        return None
    return _Numbers((first, second, third), len(first) == 4 or found.re is _WITH_SIGNS)


def _named(text: str) -> date | None:
    """A day with the month as a word: `1 Nov 2026`, `Nov 1, 2026`, `1er novembre 2026`."""
    text = _ORDINAL.sub(r"\1 ", text)
    numbers: list[str] = []
    month: int | None = None
    for token in _tokens(text):
        if token.isdigit():
            numbers.append(token)
        elif month is None and token in words().months:
            month = words().months[token]
        elif token not in words().unsaid and token not in words().months:
            return None
    if month is None or len(numbers) != 2 or not _is_plain(text):
        return None
    day, year = numbers if len(numbers[0]) <= 2 else reversed(numbers)
    return _dated((day, str(month), year), "dmy")


def _tokens(text: str) -> list[str]:
    return [folded(token) for token in _TOKEN.findall(text)]


def _is_plain(text: str) -> bool:
    """Whether nothing but separators stands between the words."""
    return not re.search(r"[^\s,./()'’-]", _TOKEN.sub("", text))


def _fits(parts: tuple[str, str, str], order: Order, today: date | None) -> bool:
    day = _dated(parts, order)
    return day is not None and (today is None or day <= today + timedelta(days=1))


def _dated(parts: tuple[str, str, str], order: Order) -> date | None:
    """Three numbers in an order as a day; None when it is none."""
    year, month, day = (parts[order.index(name)] for name in "ymd")
    if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
        return None
    full = int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= _CENTURY_FROM else 2000)
    try:
        return date(full, int(month), int(day))
    except ValueError:
        return None


def _order_in(form: str) -> Order | None:
    """The order of day, month and year in a form such as `%d/%m/%Y`."""
    letters = [
        {"Y": "y", "y": "y", "m": "m", "b": "m", "B": "m", "d": "d", "e": "d"}.get(c, "")
        for c in re.findall(r"%-?(\w)", form)
    ]
    found = "".join(dict.fromkeys(letters))
    return next((order for order in ORDERS if order == found), None)


def _by_form(read: pl.DataFrame, form: str) -> pl.DataFrame:
    """What was read, with what the stated form says first. An offset in the form is read without it."""
    if "%z" in form or "%Z" in form:
        return read
    timed = any(mark in form for mark in ("%H", "%I", "%T", "%R", "%X", "%s", "%k", "%l"))
    text = pl.col("text").str.strip_chars()
    if timed:
        stated = text.str.to_datetime(form, strict=False, time_unit="us")
        return read.with_columns(at=pl.coalesce(stated, "at"), away=pl.when(stated.is_null()).then("away"))
    return read.with_columns(day=pl.coalesce(text.str.to_date(form, strict=False), "day"))


def _turned(wall: pl.Expr, zone: str, shop_zone: str) -> pl.Expr:
    """Wall times of one zone in another. What the clocks skip in spring counts as an hour later."""

    def turned(at: pl.Expr) -> pl.Expr:
        there = at.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        return there.dt.convert_time_zone(shop_zone).dt.replace_time_zone(None)

    return pl.coalesce(turned(wall), turned(wall + pl.duration(hours=1)))


def _with_bare_numbers(read: pl.DataFrame) -> pl.DataFrame:
    """What was read, with bare numbers: days of a spreadsheet, seconds or milliseconds since 1970 in UTC."""
    text = read["text"].str.strip_chars().str.replace(",", ".", literal=True)
    bare = read["day"].is_null() & text.str.contains(r"^(?:[0-9]{5}(?:\.[0-9]+)?|[0-9]{10}(?:\.[0-9]+)?|[0-9]{13})$")
    if not bare.any():
        return read
    number = text.set(~bare, None).cast(pl.Float64, strict=False)
    serial = number.is_between(*_SERIALS)
    since = number.set(number > 1e11, None).fill_null(number / 1000.0).set(~(number > 1e9), None)
    # Spreadsheets keep a fraction of a day, which is a second only when it is rounded.
    seconds = (((number - _SPREADSHEET_EPOCH) * 86_400).round().set(~serial, None)).fill_null(since.floor())
    at = (seconds * 1_000_000).cast(pl.Int64).cast(pl.Datetime("us"))
    timed = ~serial | text.str.contains(".", literal=True)
    return read.with_columns(
        at=at.set(~timed, None).fill_null(read["at"]),
        day=read["day"].fill_null(at.cast(pl.Date)),
        away=read["away"].zip_with(~(bare & ~serial), pl.Series([0], dtype=pl.Int64).new_from_index(0, read.height)),
    )
