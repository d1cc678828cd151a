"""Dates and times in the ways of many countries: what is written in a provable column comes back, to the second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clerk.intake.checks.moments import moments, order_of

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}


def read(*texts: str, zone: str | None = None, shop: str | None = None, form: str = "") -> list[str | None]:
    return moments(pl.Series(texts, dtype=pl.String), form=form, zone=zone, shop_zone=shop).to_list()


def _named(language: str, form: str) -> Callable[[datetime], str]:
    names = MONTHS[language].split()
    return lambda at: form.format(at=at, month=names[at.month - 1], short=names[at.month - 1][:3])


def _hours12(at: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at:%M}"


SECONDS: dict[str, Callable[[datetime], str]] = {
    "ISO": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}",
    "ISO with a fraction": lambda at: f"{at:%Y-%m-%d %H:%M:%S}.123456",
    "ISO in UTC": lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}",
    "Rails": lambda at: f"{at:%Y-%m-%d %H:%M:%S} +0200",
    "compact": lambda at: f"{at:%Y%m%dT%H%M%S}",
    "all digits": lambda at: f"{at:%Y%m%d%H%M%S}",
    "slashes, year first": lambda at: f"{at:%Y/%m/%d %H:%M:%S}",
    "Korean": lambda at: (
        f"{at.year}. {at.month}. {at.day}. {'오전' if at.hour < 12 else '오후'} {_hours12(at)}:{at:%S}"
    ),
    "mail": lambda at: f"{at:%a, %d %b %Y %H:%M:%S} +0100",
    "C": lambda at: f"{at:%a %b} {at.day:>2} {at:%H:%M:%S %Y}",
    "browser": lambda at: f"{at:%a %b %d %Y %H:%M:%S} GMT+0100 (CET)",
    "SQL, English": lambda at: f"{at:%d-%b-%Y %H:%M:%S}",
    "seconds since 1970": lambda at: str(int((at - datetime(1970, 1, 1)).total_seconds())),
    "milliseconds since 1970": lambda at: str(int((at - datetime(1970, 1, 1)).total_seconds()) * 1000 + 7),
    "spreadsheet": lambda at: repr((at - datetime(1899, 12, 30)).total_seconds() / 86_400 + 1e-9),
    "Japanese, seconds": lambda at: f"{at.year}年{at.month}月{at.day}日 {at.hour}時{at.minute}分{at.second}秒",
}
MINUTES: dict[str, Callable[[datetime], str]] = {
    "ISO": lambda at: f"{at:%Y-%m-%d %H:%M}",
    "US": lambda at: f"{at:%b} {at.day}, {at.year}, {_hours12(at)}\u202f{at:%p}",
    "US, long": lambda at: f"{at:%A, %B} {at.day}, {at.year} at {_hours12(at)} {at:%p}".lower(),
    "Irish": lambda at: f"{at.day} {at:%b %Y}, {_hours12(at)} {'a.m.' if at.hour < 12 else 'p.m.'}",
    "Japanese": lambda at: f"{at.year}年{at.month}月{at.day}日({'月火水木金土日'[at.weekday()]}) {at:%H:%M}",
    "Japanese, halves": lambda at: f"{at.year}/{at:%m/%d} {'午前' if at.hour < 12 else '午後'}{at.hour % 12}:{at:%M}",
    "full width": lambda at: f"{at:%Y/%m/%d %H:%M}".translate(
        str.maketrans("0123456789/:", "０１２３４５６７８９／：")
    ),
    "German": _named("de", "{at.day}. {month} {at.year} um {at:%H:%M} Uhr"),
    "German, dots": _named("de", "{at.day}. {month} {at.year} {at:%H.%M} Uhr"),
    "French": _named("fr", "{at.day} {month} {at.year} à {at:%H}h{at:%M}"),
    "Spanish": _named("es", "{at.day} de {month} de {at.year}, {at:%H:%M}"),
    "Italian": _named("it", "{at.day} {month} {at.year} alle {at:%H:%M}"),
    "Portuguese": _named("pt", "{at.day} de {month} de {at.year} às {at:%H:%M}"),
    "Dutch": _named("nl", "{at.day} {month} {at.year} om {at:%H:%M} uur"),
    "short names": _named("en", "{at.day}-{short}-{at:%y} {at:%H:%M}"),
}
ORDERED: dict[str, Callable[[datetime], str]] = {
    "dmy": lambda at: f"{at:%d/%m/%Y %H:%M}",
    "dmy, dots": lambda at: f"{at.day}.{at.month}.{at.year} {at:%H.%M}",
    "dmy, short": lambda at: f"{at:%d-%m-%y} {at:%H:%M}",
    "mdy": lambda at: f"{at:%m/%d/%Y} {_hours12(at)} {at:%p}",
    "mdy, short": lambda at: f"{at.month}/{at.day}/{at:%y}, {_hours12(at)}:{at:%S} {at:%p}",
}
SETTLES = {
    "dmy": (datetime(2026, 4, 25), datetime(2032, 12, 31)),
    "mdy": (datetime(2026, 4, 25), datetime(2032, 12, 31)),
}

times = st.datetimes(datetime(2002, 1, 1), datetime(2049, 12, 31)).map(lambda at: at.replace(microsecond=0))


@pytest.mark.parametrize("name", SECONDS)
@settings(max_examples=3)
@given(st.lists(times, min_size=1, max_size=20))
@example([datetime(2026, 11, 1, 0, 0, 0), datetime(2026, 11, 1, 12, 0, 59), datetime(2026, 1, 2, 23, 59, 59)])
def test_every_second_comes_back(name: str, written: list[datetime]) -> None:
    assert read(*map(SECONDS[name], written)) == [f"{at:%Y-%m-%d %H:%M:%S}" for at in written]


@pytest.mark.parametrize("name", MINUTES)
@settings(max_examples=3)
@given(st.lists(times, min_size=1, max_size=20))
@example([datetime(2026, 11, 1, 0, 5), datetime(2026, 11, 1, 12, 0), datetime(2026, 5, 2, 13, 59)])
def test_every_minute_comes_back(name: str, written: list[datetime]) -> None:
    assert read(*map(MINUTES[name], written)) == [f"{at:%Y-%m-%d %H:%M}:00" for at in written]


@pytest.mark.parametrize("name", ORDERED)
@settings(max_examples=3)
@given(st.lists(times, max_size=20))
def test_one_row_settles_the_order_of_all(name: str, written: list[datetime]) -> None:
    written = [*written, *SETTLES[name[:3]]]
    texts = [*map(ORDERED[name], written)]
    assert order_of(pl.Series(texts)) == name[:3]
    assert read(*texts) == [f"{at:%Y-%m-%d %H:%M}:{at:%S}" if "%S" in name or name == "mdy, short" else
                            f"{at:%Y-%m-%d %H:%M}:00" for at in written]  # fmt: skip


@settings(max_examples=6)
@given(st.lists(st.dates(date(2001, 1, 1), date(2049, 12, 31)), min_size=1, max_size=20))
def test_every_day_comes_back_however_it_is_written(days: list[date]) -> None:
    forms = (
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%Y.%m.%d",
        "%Y%m%d",
        "%Y年%m月%d日",
        "%d %b %Y",
        "%b %d, %Y",
        "%d-%b-%y",
        "%A %d %B %Y",
    )
    for form in forms:
        assert read(*(f"{day:{form}}" for day in days)) == [day.isoformat() for day in days]
    serials = [str((day - date(1899, 12, 30)).days) for day in days]
    assert read(*serials) == [day.isoformat() for day in days]


@settings(max_examples=15)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=20))
@example(
    ["١/٢/٢٠٢٦", "²/3/2026", "99999", "9999999999", "9999999999999", "0/0/0", "T", "Z", "+02:00", "1h", ":", "24:00"]
)
def test_no_text_breaks_the_reading(texts: list[str]) -> None:
    assert len(read(*texts, shop="Europe/Vienna")) == len(texts)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-02-30", "2026-13-01", "2026-11-01 25:00", "2026-11-01 10:61", "2026-11-01 soon", "24:00",
     "11/2026", "1 Nov", "31/31/2026", "2026-11-01T10:00:00+99:00", "12345678901", "1.5"],
)  # fmt: skip
def test_what_is_no_moment_is_null(text: str) -> None:
    assert read(text) == [None]


def test_a_time_with_an_offset_is_turned_to_the_shops_zone_or_stays_as_it_is_written() -> None:
    written = (
        "2026-11-02T00:30:00+02:00",
        "2026-11-02 00:30:00 -0500",
        "2026-11-02 00:30:00 UTC",
        "2026-11-02 00:30 CET",
    )
    assert read(*written) == ["2026-11-02 00:30:00"] * 4
    assert read(*written, shop="Europe/Berlin") == [
        "2026-11-01 23:30:00", "2026-11-02 06:30:00", "2026-11-02 01:30:00", "2026-11-02 00:30:00",
    ]  # fmt: skip


def test_a_time_of_another_zone_is_turned_and_what_clocks_skip_is_an_hour_later() -> None:
    skipped, repeated = "2026-03-08 02:30", "2026-11-01 01:30"
    turned = read(skipped, repeated, zone="America/New_York", shop="Europe/Berlin")
    assert turned == ["2026-03-08 08:30:00", "2026-11-01 06:30:00"]
    assert read(skipped, repeated, shop="America/New_York") == ["2026-03-08 02:30:00", "2026-11-01 01:30:00"]


def test_a_stated_form_decides_and_what_is_written_otherwise_is_read_by_its_order() -> None:
    assert read("01/11/2026 10:30", "2/11/26", form="%d/%m/%Y %H:%M") == ["2026-11-01 10:30:00", "2026-11-02"]
    assert read("01/11/2026", form="%m/%d/%Y") == ["2026-01-11"]


@pytest.mark.parametrize(
    ("texts", "order"),
    [(["2026-11-01", "1 Nov 2026", ""], "ymd"), (["01/11/2026", "02/11/2026"], None), (["13/11/2026"], "dmy"),
     (["1.2.2026", "03.04.2026 10:30"], "dmy"), (["1.2.2026", "4.13.2026"], "mdy"), (["26.11.01"], None),
     (["11/13/2026"], "mdy"), (["26/11/01"], None), (["26/11/31", "26/11/01"], "dmy"), (["33/11/01"], "ymd"),
     (["13/11/2026", "11/13/2026"], None), ([*(f"{n}/11/2026" for n in range(13, 29)), "11/13/2026"], "dmy")],
)  # fmt: skip
def test_a_column_proves_its_order(texts: list[str], order: str | None) -> None:
    assert order_of(pl.Series(texts)) == order


def test_days_to_come_prove_an_order_where_they_cannot_be_meant() -> None:
    today = date(2026, 11, 29)
    assert order_of(pl.Series(["11/12/2026"]), today) == "mdy"
    assert order_of(pl.Series([f"{today + timedelta(days=1):%d/%m/%Y}"]), today) == "dmy"


def test_a_row_that_contradicts_the_proven_order_is_not_read() -> None:
    days = [f"{n}/11/2026" for n in range(13, 29)]
    assert read(*days, "11/13/2026")[-1] is None
