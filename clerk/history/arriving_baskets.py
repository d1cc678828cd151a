"""What arriving lines do to the baskets that are on record: pure functions.

Nothing complete is replaced by something incomplete. A basket that comes again states its lines anew, line by line; a
line on record that it does not state stays, because a row that was dropped cannot be seen. Only the very file that is
on record, read anew by a corrected description, states its baskets whole. A basket of which rows were
cut changes nothing on record. What takes a line out is a statement: that it is no purchase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import polars as pl

from clerk.intake.canonical_tables import ROW
from clerk.intake.checks.cut_baskets import BASKET, AboutBaskets, day
from clerk.model import LineFlag

TORN: Final = "torn"
"""Column of parts that hold a line that stood at a torn end: a whole basket that comes later need not repeat it."""

_WHOLE = ("member_id", *BASKET)
_CONTENT = ("sku", "at", "milli", "total_minor", "flags", "modifiers", "channel", "currency")
"""What a line says. Not its number: in some exports that is a place, which moves when a row is dropped."""
_SAME_LINE = ((*_WHOLE, "_h"), (*_WHOLE, "sku", "_back", "modifiers"), (*_WHOLE, "sku", "_back"))
"""By what lines are paired, the surest first: lines equal in these are paired in their order."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """What arriving lines do to those that are on record."""

    fresh: pl.DataFrame
    """Arriving lines that are not on record yet; with the column `TORN` when one of them stood at a torn end."""
    gone: list[pl.Series] = field(default_factory=list)
    """For each known part: numbers of the rows that were replaced or taken out."""
    not_taken: pl.Series | None = None
    """`ROW` of arriving lines that would have changed a basket of which rows were cut."""
    changed: int = 0
    """Baskets that arrived again with other content."""
    moved: int = 0
    """Baskets that arrived again as another member's."""
    cut: int = 0
    """Baskets that stay as they are on record, because rows of what arrived were cut."""
    kept: int = 0
    """Baskets that arrived again without lines that are on record; those stay."""
    taken_out: int = 0
    """Lines on record that are no purchases any more."""


def supersede(new: pl.DataFrame, parts: Sequence[pl.LazyFrame], about: AboutBaskets | None = None) -> Superseded:
    """Which arriving lines are new, and which lines on record they replace.

    Args:
        new: checked lines with `ROW`.
        parts: lines on record with `_n`, their number in the part, without rows that were replaced before.
        about: which arriving baskets are not whole, and what is no purchase.
    """
    about = about or AboutBaskets()
    if about.torn_row:
        new = new.with_columns((pl.col(ROW) == about.torn_row).alias(TORN))
    if not parts:
        # The first night of a large shop: nothing to compare with, and no room to do it in.
        return Superseded(_plain(new))
    mine = _contents(new.lazy()).collect()
    is_cut = about.cut.with_columns(_cut=pl.lit(value=True))
    mine = mine.join(is_cut, on=BASKET, how="left").with_columns(pl.col("_cut").fill_null(value=False))
    if about.restated:
        about = _whole_where_nothing_is_kept(about, mine)
    receipts = pl.concat([mine.select(BASKET), about.no_purchases.select(BASKET)]).unique()
    known = [_matching(part, receipts).collect() for part in parts]
    theirs = pl.concat(known).group_by(_WHOLE).agg(_lines=pl.len(), _hash=pl.col("_h").sum(), _torn=pl.col(TORN).any())
    met = mine.join(theirs, on=_WHOLE, suffix="_known")
    alike = (pl.col("_lines") == pl.col("_lines_known")) & (pl.col("_hash") == pl.col("_hash_known"))
    # A torn line that a whole basket repeats is written anew, as whole.
    same = met.filter(alike & (pl.col("_cut") | ~pl.col("_torn"))).select(_WHOLE)
    differing = met.join(same, on=_WHOLE, how="anti").select(*_WHOLE, "_cut")
    unmet = mine.join(met, on=_WHOLE, how="anti")
    strangers = theirs.join(mine, on=_WHOLE, how="anti")
    moved = strangers.join(unmet.filter(~pl.col("_cut")), on=[*BASKET, "_lines", "_hash"]).select(_WHOLE)
    fresh = new.with_columns(day()).join(same, on=_WHOLE, how="anti", maintain_order="left").with_row_index("_i")
    lines = _by_line(fresh, parts, differing, same, about)
    elsewhere = _cut_strangers(fresh, unmet, strangers, known)
    left = pl.concat([lines.not_taken, elsewhere.select("_i", ROW)])
    moved_rows = [part.join(moved, on=_WHOLE, how="semi")["_n"] for part in known]
    fresh = fresh.join(
        pl.concat([lines.as_known, left.select("_i")]), on="_i", how="anti", maintain_order="left"
    )  # fmt: skip
    if lines.numbers.height:
        fresh = fresh.join(lines.numbers, on="_i", how="left", maintain_order="left").with_columns(
            line_no=pl.when("_renumbered").then("_line_no").otherwise("line_no")
        )
    return Superseded(
        fresh=_plain(fresh),
        gone=[pl.concat([mine, theirs]) for mine, theirs in zip(moved_rows, lines.gone, strict=True)],
        not_taken=left[ROW],
        changed=lines.changed,
        moved=moved.height,
        cut=int(differing["_cut"].sum()) + _baskets(elsewhere),
        kept=lines.kept,
        taken_out=lines.taken_out,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Lines:
    """What comes of the lines of baskets that differ from those on record; `_i` is an arriving line."""

    as_known: pl.DataFrame
    """`_i` of lines that are on record as they are."""
    not_taken: pl.DataFrame
    """`_i` and `ROW` of lines of cut baskets that are not on record as they are."""
    numbers: pl.DataFrame
    """`_i`, `_line_no`: the number under which a line is kept, where it is not its own."""
    gone: list[pl.Series]
    changed: int
    kept: int
    taken_out: int


def _by_line(
    fresh: pl.DataFrame, parts: Sequence[pl.LazyFrame], differing: pl.DataFrame, same: pl.DataFrame, about: AboutBaskets
) -> _Lines:  # fmt: skip
    """Pairs the lines of baskets that differ, each with its counterpart on record.

    Cost: only these baskets are read whole; on an ordinary night they are few.
    """
    arriving = _sorted_lines(fresh.lazy().join(differing.lazy(), on=_WHOLE), "_i", ROW, "_cut")
    on_record = _on_record(parts, differing, same, about)
    pairs, unpaired = [], arriving
    left = on_record
    for key in _SAME_LINE:
        turn = pl.int_range(pl.len()).over(key).alias("_turn")
        theirs = left.with_columns(turn).select(*key, "_turn", "_p", "_n", TORN, _line_no="line_no")
        pair = unpaired.with_columns(turn).join(theirs, on=[*key, "_turn"]).drop("_turn")
        unpaired = unpaired.join(pair, on="_i", how="anti", maintain_order="left")
        left = left.join(pair, on=["_p", "_n"], how="anti", maintain_order="left")
        pairs.append(pair.select("_i", ROW, *_WHOLE, "_cut", "_p", "_n", TORN, "_line_no"))
    equal, other = pairs[0], pl.concat(pairs[1:])
    now_whole = equal.filter(pl.col(TORN) & ~pl.col("_cut"))
    renewed = other.filter(~pl.col("_cut"))
    added = unpaired.filter(~pl.col("_cut"))
    left = left.join(about.cut, on=BASKET, how="anti", maintain_order="left")
    came_again = left.join(differing, on=_WHOLE, how="semi")
    torn = came_again.filter(TORN)
    taken_out = _no_purchases(left, about.no_purchases)
    stays = came_again.join(pl.concat([torn, taken_out]), on=["_p", "_n"], how="anti")
    unnamed = stays if about.restated else stays.clear()
    stays = stays if not about.restated else stays.clear()
    places = [frame.select("_p", "_n") for frame in (now_whole, renewed, torn, taken_out, unnamed)]
    gone = pl.concat(places).unique()
    changed = pl.concat(frame.select(_WHOLE) for frame in (renewed, added, torn, unnamed))
    return _Lines(
        as_known=equal.join(now_whole, on="_i", how="anti").select("_i"),
        not_taken=pl.concat(frame.filter("_cut").select("_i", ROW) for frame in (other, unpaired)),
        numbers=_numbers(pl.concat([now_whole, renewed]), added, arriving, on_record),
        gone=[gone.filter(pl.col("_p") == place)["_n"] for place in range(len(parts))],
        changed=_baskets(changed),
        kept=_baskets(stays),
        taken_out=taken_out.height,
    )


def _on_record(
    parts: Sequence[pl.LazyFrame], differing: pl.DataFrame, same: pl.DataFrame, about: AboutBaskets
) -> pl.DataFrame:  # fmt: skip
    """Lines on record of baskets that differ, and of those of which something is no purchase; `_p` is the part."""
    asked = about.no_purchases.select(BASKET).unique()
    found = []
    for place, part in enumerate(parts):
        if differing.is_empty() and asked.is_empty():
            part = part.clear()
        part = _with_torn(part).with_columns(day())
        wanted = [
            part.join(differing.lazy(), on=_WHOLE, how="semi"),
            part.join(asked.lazy(), on=list(BASKET), how="semi")
            .join(pl.concat([differing.select(_WHOLE), same]).lazy(), on=_WHOLE, how="anti"),
        ]  # fmt: skip
        rows = pl.concat([_sorted_lines(one, "_n", "at", TORN) for one in wanted])
        found.append(rows.with_columns(_p=pl.lit(place, dtype=pl.UInt32)))
    return pl.concat(found).sort("line_no", "_p", "_n", nulls_last=True)


def _whole_where_nothing_is_kept(about: AboutBaskets, mine: pl.DataFrame) -> AboutBaskets:
    """Baskets of a file read anew in which nothing was bought are no purchase as a whole, whatever items are called."""
    kept = mine.select(BASKET).with_columns(_kept=pl.lit(value=True))
    stated = about.no_purchases.join(kept, on=list(BASKET), how="left")
    bare = [pl.when("_kept").then(name).otherwise(pl.lit("")).alias(name) for name in ("sku", "modifiers")]
    return replace(about, no_purchases=stated.with_columns(bare).select(about.no_purchases.columns))


def _no_purchases(lines: pl.DataFrame, stated: pl.DataFrame) -> pl.DataFrame:
    """Lines that are stated to be no purchase: of the same member, or of the same moment where the member changed."""
    told = stated.rename({"member_id": "_who", "at": "_when", "sku": "_what", "modifiers": "_how"})
    met = lines.join(told, on=BASKET).filter(
        ((pl.col("_who") == pl.col("member_id")) | (pl.col("_when") == pl.col("at")))
        & ((pl.col("_what") == "") | (pl.col("_what") == pl.col("sku")))
        & ((pl.col("_how") == "") | (pl.col("_how") == pl.col("modifiers")))
    )
    return lines.join(met, on=["_p", "_n"], how="semi")


def _numbers(
    renewed: pl.DataFrame, added: pl.DataFrame, arriving: pl.DataFrame, on_record: pl.DataFrame
) -> pl.DataFrame:  # fmt: skip
    """Under which number lines are kept: the one on record, since marks name it; and none is given twice."""
    clash = added.join(on_record, on=[*_WHOLE, "line_no"], how="semi", maintain_order="left")
    highest = pl.concat([arriving.select(*_WHOLE, "line_no"), on_record.select(*_WHOLE, "line_no")])
    highest = highest.group_by(_WHOLE).agg(_highest=pl.col("line_no").max())
    moved_on = clash.with_columns(_turn=pl.int_range(pl.len()).over(_WHOLE)).join(highest, on=_WHOLE).select(
        "_i", _line_no=pl.col("_highest") + 1 + pl.col("_turn")
    )  # fmt: skip
    return pl.concat([renewed.select("_i", "_line_no"), moved_on]).with_columns(_renumbered=pl.lit(value=True))


def _cut_strangers(
    fresh: pl.DataFrame, unmet: pl.DataFrame, strangers: pl.DataFrame, known: Sequence[pl.DataFrame]
) -> pl.DataFrame:
    """Arriving lines of cut baskets that are on record as another member's: they would stand there twice."""
    cut = unmet.filter("_cut")
    if cut.is_empty() or strangers.is_empty():
        return fresh.clear()
    theirs = pl.concat(known).join(strangers, on=_WHOLE, how="semi").select(*BASKET, "_h")
    lines = fresh.join(cut, on=_WHOLE, how="semi")
    lines = lines.with_columns(_hashed(lines.lazy()))
    found = lines.join(theirs, on=[*BASKET, "_h"], how="semi")
    return fresh.join(found, on=_WHOLE, how="semi")


def _baskets(lines: pl.DataFrame) -> int:
    return lines.select(_WHOLE).n_unique() if lines.height else 0


def _hashed(lines: pl.LazyFrame) -> pl.Expr:
    """What a line says as one number; compared only within one process, never stored."""
    named = lines.collect_schema().names()
    # Parts from before lines had a currency are in the store's own.
    currency = pl.col("currency").fill_null("") if "currency" in named else pl.lit("").alias("currency")
    return pl.struct(*_CONTENT[:-1], currency).hash().alias("_h")


def _contents(lines: pl.LazyFrame) -> pl.LazyFrame:
    return lines.with_columns(day(), _hashed(lines)).group_by(_WHOLE).agg(_lines=pl.len(), _hash=pl.col("_h").sum())


def _matching(part: pl.LazyFrame, receipts: pl.DataFrame) -> pl.LazyFrame:
    """Rows of a part whose receipt arrived again, for any member."""
    keyed = _with_torn(part).with_columns(day())
    return keyed.join(receipts.lazy(), on=list(BASKET), how="semi").select("_n", *_WHOLE, TORN, _hashed(part))


def _sorted_lines(lines: pl.LazyFrame, *names: str) -> pl.DataFrame:
    """What lines are paired by, in the order in which equal ones take turns, and some columns more."""
    back = ((pl.col("flags") & int(LineFlag.RETURN)) > 0).alias("_back")
    columns = [*_WHOLE, "sku", back, "modifiers", "line_no", _hashed(lines), *names]
    return lines.select(columns).sort("line_no", names[0], nulls_last=True).collect()


def _with_torn(part: pl.LazyFrame) -> pl.LazyFrame:
    if TORN in part.collect_schema().names():
        return part.with_columns(pl.col(TORN).fill_null(value=False))
    return part.with_columns(pl.lit(value=False).alias(TORN))


def _plain(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines without the columns of this module; `TORN` stays where it says something."""
    inner = ["_i", "_day", "_line_no", "_renumbered"]
    if TORN in lines.columns and not lines[TORN].any():
        inner.append(TORN)
    found = [name for name in inner if name in lines.columns]
    return lines.drop(found) if found else lines
