"""Whose a line is, and which item: found among what is known, made of what the line says where nothing is."""

from __future__ import annotations

import polars as pl

from clerk.intake.canonical_tables import ROW, Source
from clerk.intake.cells import slugs
from clerk.intake.context import Context, source_of
from clerk.intake.customer_matching import match, note_damaged
from clerk.intake.customers import id_of_address, people
from clerk.intake.files.column_reading import Raw

_WAYS = ("card", "email", "phone")


def with_members(frame: pl.DataFrame, raw: Raw, context: Context) -> tuple[pl.DataFrame, list[Source]]:
    """Finds the member of each line by id, card, e-mail, phone; who is known by these only becomes a member.

    Args:
        frame: lines, with `ROW`.
        raw: the file.
        context: its `known` learns the new members.

    Returns:
        The lines with `member_id`; a source of members where there are new ones.
    """
    named = [name for name in ("member_id", *_WAYS, "member_name") if name in frame.columns]
    if not named:
        return frame, []
    who = frame.select(_text(frame, name).alias(name) for name in ("member_id", *_WAYS, "member_name"))
    found = match(who.select("email", "phone", id="member_id", id2="card", name="member_name"), context.known)
    note_damaged(who.select("email", "phone", id="card"), raw.file, context.notices)
    if found.ambiguous:
        context.conflicts.append(f"{raw.file}: {found.ambiguous:,} e-mails or phones stand for several members")
    cards = who["card"].unique(maintain_order=True)
    spelt = pl.Series([context.known.spelling(card) for card in cards], dtype=pl.String)
    own = who["member_id"].zip_with(who["member_id"] != "", who["card"].replace(cards, spelt))
    ids = found.member_ids.zip_with(found.member_ids != "", own)
    ids, made = _by_address(ids, who, context)
    ids = _by_name(ids, who, raw, context)
    lines = frame.with_columns(ids.alias("member_id")).drop(*(name for name in named if name != "member_id"))
    people = who.select("email", "phone", name="member_name").with_columns(frame[ROW], member_id=ids)
    # Who only cancelled is no member yet.
    bought = frame["kind"] != "none" if "kind" in frame.columns else pl.repeat(value=True, n=frame.height, eager=True)
    unknown = people.filter(
        bought
        & (pl.col("member_id") != "")
        & ~pl.col("member_id").is_in(list(context.known.ids))
        & pl.any_horizontal(pl.col(name) != "" for name in ("email", "phone", "name"))
    )
    if not unknown.height:
        return lines, []
    new = unknown.group_by("member_id", maintain_order=True).agg(
        pl.col(ROW).first(),
        *(pl.col(name).filter(pl.col(name) != "").first().fill_null("") for name in ("email", "phone", "name")),
    )
    new = new.select(ROW, "member_id", *(name for name in ("email", "phone", "name") if (new[name] != "").any()))
    context.known.add(
        new.select("member_id", *(_text(new, name).alias(name) for name in ("email", "phone"))).iter_rows()
    )
    context.note(
        new.filter(pl.col("member_id").is_in(made)).height,
        "buyer is known by e-mail or phone only: export the customers too"
        "|buyers are known by e-mail or phone only: export the customers too",
        raw,
    )
    return lines, [source_of("members", raw, new)]


def _by_address(ids: pl.Series, who: pl.DataFrame, context: Context) -> tuple[pl.Series, list[str]]:
    """Gives lines without a member an id made of their e-mail or phone, and tells which ids are such."""
    strange = who.filter(ids == "").select("email", "phone").unique(maintain_order=True)
    strange = strange.filter((pl.col("email") != "") | (pl.col("phone") != ""))
    made = []
    for email, phone in strange.iter_rows():
        # An address that several members have is nobody's, and makes no further member.
        alone = context.known.by_email(email) is None and context.known.by_phone(phone) is None
        made.append(id_of_address(email, phone) if alone else "")
    if not any(made):
        return ids, []
    answers = strange.with_columns(pl.Series("_made", made, dtype=pl.String))
    asked = who.select("email", "phone").join(answers, on=["email", "phone"], how="left", maintain_order="left")
    return ids.zip_with(ids != "", asked["_made"].fill_null("")), list(filter(None, made))


def _by_name(ids: pl.Series, who: pl.DataFrame, raw: Raw, context: Context) -> pl.Series:
    """The member of lines that say nothing but a name: the only one who is called so."""
    nameless = (ids == "") & (who["email"] == "") & (who["phone"] == "") & (who["member_name"] != "")
    if not nameless.any():
        return ids
    names = who["member_name"].filter(nameless).unique()
    told = pl.Series([context.known.by_name(name) or "" for name in names], dtype=pl.String)
    found = who["member_name"].replace_strict(names, told, default="", return_dtype=pl.String)
    context.note(
        int((nameless & (found == "")).sum()),
        "line names a customer whom no list of customers has just once: sold to a guest"
        "|lines name customers whom no list of customers has just once: sold to guests",
        raw,
    )
    return found.zip_with(nameless, ids)


def with_items(
    frame: pl.DataFrame, raw: Raw, context: Context, *, has_items: bool
) -> tuple[pl.DataFrame, list[Source]]:
    """Finds the item of each line by its name where it has no SKU; items that nobody listed come from their lines.

    Args:
        frame: lines, with `ROW`.
        raw: the file.
        context: knows the items so far, and learns the new ones.
        has_items: whether the system may have an export of items.

    Returns:
        The lines with `sku`; a source of items where there are new ones.
    """
    if "item_name" not in frame.columns:
        return frame, []
    frame = with_skus(frame, "item_name", context)
    unlisted = ~pl.col("sku").is_in(list(context.known.items)) & (pl.col("sku") != "") & (pl.col("item_name") != "")
    new = frame.filter(unlisted).unique("sku", keep="last", maintain_order=True)
    more = {"category": "item_category", "price": "unit_price"}
    items = new.select(
        ROW, "sku", pl.col("item_name").alias("name"),
        *(pl.col(theirs).alias(ours) for ours, theirs in more.items() if theirs in frame.columns),
    )  # fmt: skip
    frame = frame.drop("item_name", *(["item_category"] if "item_category" in frame.columns else []))
    if not items.height:
        return frame, []
    context.known.items.update(items.select("sku", "name").iter_rows())
    also = ": export the items too" if has_items else ""
    context.note(items.height, f"item is known from sales only{also}|items are known from sales only{also}", raw)
    return frame, [source_of("items", raw, items)]


def with_skus(frame: pl.DataFrame, name: str, context: Context) -> pl.DataFrame:
    """A SKU for each row that has none: that of the one known item of this name, else one made of the name."""
    names = frame[name]
    sku = frame["sku"] if "sku" in frame.columns else names.str.slice(0, 0)
    if not (sku == "").any():
        return frame.with_columns(sku.alias("sku"))
    by_name: dict[str, str] = {}
    for known, called in context.known.items.items():
        plain = called.strip().lower()
        by_name[plain] = "" if plain in by_name else known
    different = names.filter(sku == "").unique()
    made = slugs(different)
    told = pl.Series(
        [by_name.get(text.strip().lower(), "") or slug for text, slug in zip(different, made, strict=True)],
        dtype=pl.String,
    )
    return frame.with_columns(sku.zip_with(sku != "", names.replace(different, told)).alias("sku"))


def with_ids(frame: pl.DataFrame, raw: Raw, context: Context) -> tuple[pl.DataFrame, list[Source]]:
    """Members under the ids by which the shop knows them, and their cards.

    One without an id gets one made of e-mail or phone. A card column gives their cards; where one is known under
    another id, the id of the file is a card of theirs, so that sales that name it find them.

    Args:
        frame: members, with `ROW`.
        raw: the file.
        context: its `known` learns them.
    """
    texts = frame.select(_text(frame, name).alias(name) for name in ("member_id", "email", "phone", "card"))
    ids = texts["member_id"]
    if (ids == "").any():
        addresses = texts.select("email", "phone")
        made = pl.Series([id_of_address(email, phone) for email, phone in addresses.iter_rows()], dtype=pl.String)
        ids = ids.zip_with(ids != "", made.zip_with(made != "", texts["card"]))
    asked = texts.select("email", "phone").with_columns(frame[ROW], member_id=ids)
    ours = people(asked, raw, context)
    note_damaged(texts.select("email", "phone"), raw.file, context.notices)
    frame = frame.with_columns(ours["member_id"])
    renamed = ours["own_id"] != ours["member_id"]
    if "card" not in frame.columns and not renamed.any():
        return frame, []
    # Without a column of cards the id is the card; with one, only what stands in it.
    code = texts["card"] if "card" in frame.columns else ours["own_id"]
    cards = pl.DataFrame({ROW: frame[ROW], "code": code, "member_id": ours["member_id"]})
    also = cards.with_columns(code=ours["own_id"]).filter(renamed)
    cards = pl.concat([cards, also]).filter((pl.col("code") != "") & (pl.col("member_id") != ""))
    cards = cards.unique(["code", "member_id"], keep="first", maintain_order=True)
    return frame.drop("card", strict=False), [source_of("cards", raw, cards)] if cards.height else []


def _text(frame: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name).fill_null("") if name in frame.columns else pl.lit("")
