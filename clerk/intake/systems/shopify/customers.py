"""Shopify's customers, current and older layout, as members, cards and consents to be contacted."""

from __future__ import annotations

import polars as pl

from clerk.intake.canonical_tables import Source
from clerk.intake.context import Context, source_of
from clerk.intake.customers import consents, id_of_address, people
from clerk.intake.files.column_reading import Raw


def convert(raw: Raw, context: Context) -> list[Source]:
    """Members, their ids as cards, and their consents to e-mails and messages."""
    phone = pl.when(raw.text("phone") != "").then(raw.text("phone")).otherwise(raw.text("address_phone"))
    frame = raw.frame.select(
        "row",
        member_id=raw.text("id"),
        name=pl.concat_str([raw.text("first_name"), raw.text("last_name")], separator=" ").str.strip_chars(),
        given_name=raw.text("first_name"),
        email=raw.text("email"),
        phone=phone,
        birthday=raw.text("birthday"),
        email_word=raw.text("accepts_email").str.to_lowercase(),
        sms_word=pl.when(raw.text("accepts_sms").str.to_lowercase() == "yes").then(pl.lit("yes"))
        .otherwise(raw.text("accepts_whatsapp").str.to_lowercase()),
    )  # fmt: skip
    without = frame["member_id"] == ""
    if without.any():
        # The older layout has no id: an address stands for one, unreadable, so that cards and logs do not show it.
        made = [
            id_of_address(email, number) for email, number in frame.filter(without).select("email", "phone").iter_rows()
        ]
        at = frame.filter(without).select("row").with_columns(pl.Series("made", made, dtype=pl.String))
        frame = frame.join(at, on="row", how="left", maintain_order="left").with_columns(
            member_id=pl.coalesce("made", "member_id")
        )
    frame = people(frame, raw, context)
    yes = (pl.col("email_word") == "yes") | (pl.col("sms_word") == "yes")
    channel = (
        pl.when((pl.col("email_word") == "yes") & (pl.col("sms_word") == "yes")).then(pl.lit("e-mail, messages"))
        .when(pl.col("sms_word") == "yes").then(pl.lit("messages")).otherwise(pl.lit("e-mail"))
    )  # fmt: skip
    stated = frame.select("row", "member_id", given=yes, refused=pl.lit(value=False), channel=channel)
    return [*_tables(frame, raw), *consents(stated, raw, context, wording="Shopify")]


def _tables(frame: pl.DataFrame, raw: Raw) -> list[Source]:
    members = frame.select("row", "member_id", "name", "given_name", "email", "phone", "birthday")
    cards = frame.filter(pl.col("member_id") != "").select("row", code="own_id", member_id="member_id")
    return [source_of("members", raw, members, broken=True), source_of("cards", raw, cards)]
