"""Customers of any export: matched with known members, and their consent to be contacted."""

from __future__ import annotations

import hashlib

import polars as pl

from clerk.identifiers.damaged import damage
from clerk.intake.canonical_tables import Source
from clerk.intake.cells import e_mail, id_digits
from clerk.intake.context import Context, source_of
from clerk.intake.files.column_reading import Raw
from clerk.model import UNDATED

BEFORE_ANY_ANSWER = "2000-01-01"
"""Date of a consent state that was never asked for: any later answer at the counter counts."""


def id_of_address(email: str, phone: str) -> str:
    """A member id made of an e-mail or phone, which it does not reveal; empty without a good one."""
    known_by = "" if damage(email, "email") else e_mail(email)
    known_by = known_by or ("" if damage(phone, "phone") else id_digits(phone))
    return "SH" + hashlib.sha256(known_by.encode()).hexdigest()[:12].upper() if known_by else ""


def people(frame: pl.DataFrame, raw: Raw, context: Context) -> pl.DataFrame:
    """Members of a file with the ids by which the shop knows them; `own_id` keeps the id in the file.

    A member whose id is new, but whose e-mail or else phone is that of exactly one member who is not in this file,
    comes from another system and is the same person.

    Args:
        frame: `row`, member_id, email, phone and more.
        raw: the file.
        context: its `known` learns these members.
    """
    known = context.known
    here = set(frame["member_id"])
    answers: list[str] = []
    same = several = 0
    for own, email, phone in frame.select("member_id", "email", "phone").iter_rows():
        answer = (known.by_id(own) if own else None) or own
        if own and known.by_id(own) is None:
            for hit in (known.by_email(email), known.by_phone(phone)):
                if hit == "":
                    several += 1
                if hit and hit not in here:
                    answer, same = hit, same + 1
                    break
        answers.append(answer)
    context.note(
        same,
        "member is known under another id, by e-mail or phone: taken as the same person"
        "|members are known under other ids, by e-mail or phone: taken as the same persons",
        raw,
    )
    if several:
        context.conflicts.append(f"{raw.file}: {several:,} members share an e-mail or phone with several others")
    frame = frame.with_columns(own_id="member_id").with_columns(pl.Series("member_id", answers, dtype=pl.String))
    known.add(frame.select("member_id", "email", "phone").iter_rows())
    pairs = frame.filter((pl.col("own_id") != "") & (pl.col("own_id") != pl.col("member_id")))
    known.aliases.update(pairs.select("own_id", "member_id").iter_rows())
    return frame


def consents(stated: pl.DataFrame, raw: Raw, context: Context, *, wording: str) -> list[Source]:
    """Changes in whether members may be contacted, dated by the file, since exports give no date.

    "No" in an export is mostly "never asked": it withdraws only what the history store has as given, or
    what the export calls an opt-out, and never undoes an opt-in at the counter night after night.

    Args:
        stated: `row`, member_id, given, refused (an explicit opt-out), channel.
        raw: the file.
        context: the states in the history store, and the date.
        wording: what stands for the words that were agreed to.
    """
    before = pl.Series([context.known.contact.get(member, "") for member in stated["member_id"]], dtype=pl.String)
    changed = stated.with_columns(before=before).with_columns(
        state=pl.when("given").then(pl.lit("given"))
        .when(pl.col("refused") | (pl.col("before") == "given")).then(pl.lit("withdrawn"))
        .otherwise(pl.lit("not-asked"))
    )  # fmt: skip
    new = changed.filter(
        (pl.col("member_id") != "")
        & (pl.col("state") != pl.col("before"))
        & ~((pl.col("state") == "not-asked") & (pl.col("before") != ""))
    )
    at = pl.when(pl.col("state") == "not-asked").then(pl.lit(BEFORE_ANY_ANSWER)).otherwise(pl.lit(context.today))
    context.known.contact.update(new.select("member_id", "state").iter_rows())
    frame = new.select(
        "row", "member_id", "state", "channel", purpose=pl.lit("contact"), at=at, wording=pl.lit(wording),
        by=pl.lit(UNDATED),
    )  # fmt: skip
    return [source_of("consents", raw, frame)] if frame.height else []
