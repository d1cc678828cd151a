"""Square's customers as members; their own number (`Reference ID`) and Square's id are both cards.

"Instant Profiles" are made by Square from card sales without the person asking: they count as not asked, so the counter
asks before it remembers anything.
"""

from __future__ import annotations

import polars as pl

from clerk.intake.canonical_tables import Source
from clerk.intake.context import Context, source_of
from clerk.intake.customers import BEFORE_ANY_ANSWER, consents, people
from clerk.intake.files.column_reading import Raw
from clerk.intake.layouts import words_of
from clerk.model import UNDATED


def convert(raw: Raw, context: Context) -> list[Source]:
    """Members, cards and consents."""
    words = words_of("square.customers")
    square, reference = raw.text("square_id"), raw.text("reference_id")
    name = pl.concat_str([raw.text("first_name"), raw.text("last_name")], separator=" ").str.strip_chars()
    frame = raw.frame.select(
        "row",
        member_id=pl.when(square != "").then(square).otherwise(reference),
        reference=reference,
        name=pl.when(name != "").then(name).otherwise(raw.text("nickname")),
        given_name=pl.when(raw.text("nickname") != "").then(raw.text("nickname")).otherwise(raw.text("first_name")),
        email=raw.text("email"),
        phone=raw.text("phone"),
        birthday=raw.text("birthday"),
        joined_on=raw.text("first_visit"),
        word=raw.text("subscription").str.to_lowercase(),
        instant=raw.text("instant").str.to_lowercase().is_in(list(words["yes"])),
    )
    frame = people(frame, raw, context)
    context.known.aliases.update(
        frame.filter((pl.col("reference") != "") & (pl.col("member_id") != "")).select("reference", "member_id")
        .iter_rows()
    )  # fmt: skip
    known = frame.filter(pl.col("member_id") != "")
    cards = pl.concat([
        known.select("row", code="own_id", member_id="member_id"),
        known.filter((pl.col("reference") != "") & (pl.col("reference") != pl.col("own_id"))).select(
            "row", code="reference", member_id="member_id"
        ),
    ])  # fmt: skip
    columns = ("row", "member_id", "name", "given_name", "email", "phone", "birthday", "joined_on")
    stated = frame.select(
        "row", "member_id",
        given=pl.col("word").is_in(list(words["subscribed"])) & ~pl.col("instant"),
        refused=pl.col("word").is_in(list(words["unsubscribed"])),
        channel=pl.lit("e-mail"),
    )  # fmt: skip
    made = [
        source_of("members", raw, frame.select(columns), broken=True),
        source_of("cards", raw, cards),
        *consents(stated, raw, context, wording="Square"),
    ]
    unasked = known.filter("instant")
    context.note(
        unasked.height, "is an Instant Profile, made without asking: the counter asks first"
        "|are Instant Profiles, made without asking: the counter asks them first", raw,
    )  # fmt: skip
    if unasked.height and made[-1].table == "consents":
        made[-1].frame = pl.concat([made[-1].frame, _never_asked(unasked).select(made[-1].frame.columns)])
    elif unasked.height:
        made.append(source_of("consents", raw, _never_asked(unasked)))
    return made


def _never_asked(members: pl.DataFrame) -> pl.DataFrame:
    """Neither remembering nor suggesting was ever agreed to."""
    return pl.concat(
        members.select(
            "row", "member_id", state=pl.lit("not-asked"), channel=pl.lit("card sale"), purpose=pl.lit(purpose),
            at=pl.lit(BEFORE_ANY_ANSWER), wording=pl.lit("Square"), by=pl.lit(UNDATED),
        )
        for purpose in ("remember", "suggest")
    )  # fmt: skip
