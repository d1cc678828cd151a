"""When may we say "the usual?" and "often": `python -m benchmarks.usual [SHOP ...] [--data DIR] [--json]`.

Visits are predicted from what lay before them, with thresholds learned anew at the start of each month on earlier
visits alone, and again as in a shop that has learned nothing. A line is right when it was bought at that visit, at the
level at which it was said. Rows by number of earlier visits; coverage is the part of the visits with such a line.

Shops: `coffee` (a café's cards; sales within an hour are one visit, as people fetch two coffees), `chipotle` (real
orders with their modifiers, handed to made-up members), `sample` (the sample store), `journey` (the Complete Journey)
and `wholesale` (made up: few customers, long orders, weak habits, ranges that change).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl

from benchmarks._shop import DATA, columns_until, interval, numbered, numbered_folder, until
from clerk.clock import DAY_S, from_datetime, to_datetime
from clerk.demo.complete_journey import write_complete_journey
from clerk.demo.sample_store import write_sample_store
from clerk.model import Profile, Purpose, UsualState
from clerk.pack_build.learn.attempt import TooLittle
from clerk.pack_build.learn.cases import Member, members, visits
from clerk.pack_build.learn.usual import learn_usual
from clerk.pack_build.numbering import Numbered
from clerk.settings import Settings
from clerk.visit.habits.member_habits import Habits, habits
from clerk.visit.habits.usual import PickLine, sure_share, usual, usual_rule, visits_weighed
from clerk.visit.shop import kind_of, shop_of

GOALS = {"usual": 0.86, "often": 0.60, "right at coverage 0.70": 0.86}
"""In every band of visits and every shop; where that cannot be reached nothing is said. The last is of coffee cards."""

BANDS = ((2, 5, "2-4"), (5, 10, "5-9"), (10, 20, "10-19"), (20, 10**9, "20+"))

HOUR_S = 3600
_VISITS_EACH, _VISITS = 40, 8_000
"""Visits of a member that are asked about, spread over all of theirs, and of a shop: of a larger one every so manieth
member is."""


@dataclass(frozen=True, slots=True)
class Said:
    """One visit: what would have been said before it."""

    member: int
    earlier: int
    state: UsualState
    right: tuple[bool, ...]
    """Of each line."""
    learned: bool
    first_sure: float
    """Sure share of the line that comes first, said or not."""
    first_right: bool
    last_right: bool
    """Whether what was taken last time was taken again."""


def main() -> int:
    """Prints one table a shop, or one JSON document."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("shops", nargs="*", metavar="SHOP", choices=[*SHOPS, []])
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--boot", type=int, default=1000)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    figures: dict[str, Any] = {}
    for name in chosen.shops or SHOPS:
        shop = SHOPS[name](chosen.data)
        if shop is None:
            print(f"no data for {name} in {chosen.data}: name the folder with --data", file=sys.stderr)
            return 3
        figures[name] = tables(shop, chosen.boot, coverage_at=0.7 if name == "coffee" else None)
        if not chosen.json:
            for row, cells in figures[name].items():
                print(f"{name:9} {row:38} " + "  ".join(f"{key} {value}" for key, value in cells.items()))
    if chosen.json:
        print(json.dumps(figures, indent=1))
    return 0


def tables(shop: Numbered, boot: int, coverage_at: float | None) -> dict[str, dict[str, Any]]:
    """Every band with and without learned thresholds, and, at a café, the first line at a stated coverage."""
    found: dict[str, dict[str, Any]] = {}
    after, before = list(replayed(shop, learning=True)), list(replayed(shop, learning=False))
    after = [one for one in after if one.learned]
    for words, visits_said in (("learned", after), ("not learned", before)):
        for low, high, band in (*BANDS, (3, 10**9, "3 and more")):
            of = [one for one in visits_said if low <= one.earlier < high]
            for state in (UsualState.USUAL, UsualState.OFTEN):
                found[f"{words}, {band} visits, {state}"] = _row(of, state, boot)
    if coverage_at is not None:
        best = sorted(after, key=lambda one: -one.first_sure)[: round(coverage_at * len(after))]
        parts = _by_member([(one.member, one.first_right, True) for one in best])
        found[f"learned, surest at coverage {coverage_at:.2f}"] = {
            "visits": len(after), "right": _share(parts), "ci95": interval(parts, boot),
        }  # fmt: skip
        parts = _by_member([(one.member, one.last_right, True) for one in after])
        found["what was taken last time, coverage 1"] = {"right": _share(parts), "ci95": interval(parts, boot)}
    return found


def replayed(shop: Numbered, learning: bool) -> Iterator[Said]:
    """What would have been said at every visit asked about, oldest month first."""
    settings = Settings()
    newest = int(shop.lines["at"].max())  # type: ignore[arg-type]
    everybody = list(members(shop, newest + 1))
    asked = [(one, _asked(one)) for one in everybody]
    asked = asked[:: -(-sum(len(moments) for _, moments in asked) // _VISITS)]
    for start, end in _months(int(shop.lines["at"].min()), newest):  # type: ignore[arg-type]
        now = [(one, [at for at in moments if start <= at < end]) for one, moments in asked]
        if not any(moments for _, moments in now):
            continue
        columns = columns_until(shop, start - 1)
        # In the very first month nothing was sold before: the kind of shop is known to whoever runs it.
        kind = columns if columns.total_baskets else columns_until(shop, newest)
        rhythm = shop_of(kind, settings)
        past = [cut for one in everybody if len(cut := until(one.history, start - 1))] if learning else []
        fitted: dict[str, object] | None = None
        with suppress(TooLittle):
            fitted = learn_usual(past, kind, rhythm) if past else None
        rule = usual_rule(rhythm, settings, fitted)
        decay = rule.decay or rhythm.decay
        for one, moments in now:
            whole = habits(one.history, kind, newest + 1, rhythm.decay)
            for at in moments:
                before = habits(one.history, kind, at - 1, decay)
                person = cast(Profile, SimpleNamespace(allowed=frozenset({Purpose.REMEMBER})))
                pick = usual(one.history, before, person, kind, rhythm, settings, rule)
                then = np.flatnonzero(whole.basket_at == at)
                sure = sure_share(before.sets.share, visits_weighed(before.baskets, decay), rule.doubt)
                first = int(np.lexsort((-before.sets.last, -sure))[0])
                bought = {int(no) for no in one.history.item[one.history.basket_at[one.history.basket] == at]}
                latest = one.history.item[one.history.basket_at[one.history.basket] < at][-1]
                yield Said(
                    member=one.member_no,
                    earlier=before.baskets,
                    state=pick.state,
                    right=tuple(_was_right(line, whole, then, kind) for line in pick.lines),
                    learned=fitted is not None,
                    first_sure=float(sure[first]) if before.sets.baskets[first] > 1 else 0.0,
                    first_right=int(before.sets.key[first]) in bought,
                    last_right=int(latest) in bought,
                )


def _was_right(line: PickLine, whole: Habits, then: np.ndarray, columns: Any) -> bool:
    """Whether the visit's baskets hold the line, at the level at which it was said."""

    def held(group: Any) -> np.ndarray:
        rows: np.ndarray = np.repeat(np.arange(len(group)), group.baskets)[np.isin(group.occurrence, then)]
        return rows

    if line.level == "line":
        rows = held(whole.sets)
        same = (whole.sets.key[rows] == line.item_no) & (whole.sets.modifier_set[rows] == line.modifier_set_no)
        return bool(same.any())
    item_nos = whole.items.key[held(whole.items)]
    if line.level == "kind":
        return any(kind_of(columns, int(item_no)) == line.kind for item_no in item_nos)
    return bool((item_nos == line.item_no).any())


def _asked(one: Member) -> list[int]:
    """Visits asked about: those after two or more, at the most so many, spread over all."""
    moments = visits(one.history)[2:]
    if len(moments) > _VISITS_EACH:
        early, late = moments[:18], moments[18:]
        moments = np.r_[early, late[np.linspace(0, len(late) - 1, _VISITS_EACH - 18).astype(int)]]
    return [int(at) for at in moments]


def _months(oldest: int, newest: int) -> Iterator[tuple[int, int]]:
    """First second of each month, and of the next."""
    first = to_datetime(oldest).replace(day=1, hour=0, minute=0, second=0)
    while from_datetime(first) <= newest:
        following = (first + timedelta(days=32)).replace(day=1)
        yield from_datetime(first), from_datetime(following)
        first = following


def _row(visits_said: list[Said], state: UsualState, boot: int) -> dict[str, Any]:
    """Lines said in one state, part right with its interval over members, part of the visits with such a line."""
    spoken = [one for one in visits_said if one.state is state and one.right]
    parts = _by_member([(one.member, right, True) for one in spoken for right in one.right])
    return {
        "visits": len(visits_said),
        "lines": int(parts[:, 1].sum()) if len(parts) else 0,
        "right": _share(parts),
        "ci95": interval(parts, boot) if len(parts) else [],
        "any right": round(float(np.mean([any(one.right) for one in spoken])), 3) if spoken else None,
        "coverage": round(len(spoken) / max(len(visits_said), 1), 3),
    }


def _by_member(rows: list[tuple[int, bool, bool]]) -> np.ndarray:
    """Right and said, one row a member."""
    of: dict[int, list[int]] = {}
    for member, right, said in rows:
        parts = of.setdefault(member, [0, 0])
        parts[0] += right
        parts[1] += said
    return np.array(list(of.values()), dtype=np.float64).reshape(-1, 2)


def _share(parts: np.ndarray) -> float | None:
    return round(float(parts[:, 0].sum() / parts[:, 1].sum()), 3) if len(parts) else None


# ---- the shops


def coffee(data: Path) -> Numbered | None:
    """The cards of a café."""
    source = data / "usual" / "coffee_cards.parquet"
    if not source.exists():
        return None
    sales = pl.read_parquet(source).filter(pl.col("customer_id").is_not_null()).sort("customer_id", "ts")
    pause = (pl.col("ts") - pl.col("ts").shift(1)).over("customer_id").dt.total_seconds()
    sales = sales.with_columns(visit=(pause.is_null() | (pause > HOUR_S)).cum_sum().over("customer_id"))
    return _numbered(
        sales.select(
            member_id="customer_id",
            basket_id=pl.concat_str("customer_id", "visit", separator="-"),
            sku="item_id",
            quantity=pl.lit(1),
            modifiers=pl.lit(""),
            sold_at="ts",
        )
    )


def chipotle(data: Path) -> Numbered | None:
    """Real orders with modifiers, handed to made-up members who mostly come back to one of them."""
    source = data / "usual" / "chipotle_modifiers.parquet"
    if not source.exists():
        return None
    orders = pl.read_parquet(source).with_columns(
        modifiers=pl.col("modifiers").fill_null("").str.replace_all(r"[\[\];=]", "").str.replace_all(", ", "; ")
    )
    by_order = [
        [(str(row[0]), str(row[1])) for row in order.select("item_name", "modifiers").iter_rows()]
        for order in orders.partition_by("basket_id")
    ]
    rng = np.random.default_rng(5)
    rows = []
    for number in range(400):
        own, loyal = by_order[rng.integers(len(by_order))], float(rng.beta(2.0, 1.2))
        day = float(rng.uniform(0, 120))
        for visit in range(int(rng.integers(3, 45))):
            if rng.random() < 0.03:
                own = by_order[rng.integers(len(by_order))]
            order = own if rng.random() < loyal else by_order[rng.integers(len(by_order))]
            at = datetime(2024, 1, 1) + timedelta(days=day)
            rows += [
                (f"M{number:04}", f"M{number:04}-{visit}", sku, 1, chosen, at) for sku, chosen in dict(order).items()
            ]
            day += float(rng.exponential(9)) + 0.5
    return _numbered(_made(rows))


def wholesale(data: Path) -> Numbered | None:
    """Few hundred customers with long orders: a range of their own, most of it seldom, and a good deal at random."""
    rng = np.random.default_rng(3)
    popular = 1 / np.arange(1, 3001) ** 0.7
    popular /= popular.sum()
    rows = []
    for customer in range(400):
        often, day = float(rng.lognormal(np.log(1 / 30), 0.9)), float(rng.uniform(0, 200))
        own = rng.choice(len(popular), int(rng.integers(10, 150)), replace=False, p=popular)
        likes = rng.beta(0.4, 3.2, len(own))
        for visit in range(120):
            if day >= 730:
                break
            order = {*own[rng.random(len(own)) < likes], *rng.choice(len(popular), rng.poisson(18), p=popular)}
            at = datetime(2023, 1, 1) + timedelta(days=day)
            rows += [
                (f"C{customer:03}", f"C{customer:03}-{visit}", f"I{no}", int(rng.integers(1, 24)), "", at)
                for no in order
            ]
            day += float(rng.exponential(1 / often))
            own[rng.random(len(own)) < 0.02] = rng.integers(len(popular))
    return _numbered(_made(rows))


def sample(data: Path) -> Numbered | None:
    """The sample store."""
    with tempfile.TemporaryDirectory(prefix="clerk-bench-") as scratch:
        write_sample_store(Path(scratch), date(2026, 3, 10))
        return numbered_folder(Path(scratch), from_datetime(datetime(2026, 3, 10)))


def journey(data: Path) -> Numbered | None:
    """The Complete Journey."""
    with tempfile.TemporaryDirectory(prefix="clerk-bench-") as scratch:
        write_complete_journey(Path(scratch))
        return numbered_folder(Path(scratch), from_datetime(datetime(2018, 1, 2)))


SHOPS: dict[str, Callable[[Path], Numbered | None]] = {
    "coffee": coffee, "chipotle": chipotle, "sample": sample, "journey": journey, "wholesale": wholesale,
}  # fmt: skip


def _made(rows: list[tuple[str, str, str, int, str, datetime]]) -> pl.DataFrame:
    names = ["member_id", "basket_id", "sku", "quantity", "modifiers", "sold_at"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.col("sold_at").dt.cast_time_unit("us"))


def _numbered(lines: pl.DataFrame) -> Numbered:
    return numbered(lines, from_datetime(lines["sold_at"].max()) + DAY_S)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
