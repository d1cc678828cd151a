"""The member export as a person reads it: plain sentences, one thing a line, newest line items first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clerk.model import AGREED_IN_WORDS, AgreementState
from clerk.phrases import count, money, of_type

_MEMBER = (
    ("member_id", "Member id"), ("name", "Name"), ("given_name", "Called"), ("phone", "Phone"), ("email", "E-mail"),
    ("birthday", "Birthday"), ("joined_on", "Member since"), ("locale", "Language"), ("home_store", "Home store"),
    ("tier", "Tier, as the shop's own system says"),
)  # fmt: skip
_PURPOSES = {"remember": "Remember what I buy", "suggest": "Suggest things to me", "contact": "Contact me"}


def as_text(document: Mapping[str, Any]) -> str:
    """The text.

    Args:
        document: made by `MemberExport`.
    """
    member, inferred = document["member"], document["inferred"]
    rows = [f"Everything {document['store'] or 'this shop'} holds about you, as of {_when(document['made_at'])}", ""]
    rows += ["WHO YOU ARE", *(f"  {words}: {member[key]}" for key, words in _MEMBER if member.get(key))]
    rows += [f"  Card: {one['code']} ({one['status']})" for one in document["cards"]]
    rows += ["", "WHAT YOU AGREED TO"]
    for purpose, state in document["consents"]["now"].items():
        rows.append(f"  {_PURPOSES.get(purpose, purpose)}: {AGREED_IN_WORDS[AgreementState(state)]}")
    rows += ["  All that was said about it:"] if document["consents"]["history"] else []
    rows += [_consent(one) for one in document["consents"]["history"]]
    rows += ["", "WHAT YOU SAID", *(f"  {_when(one['at'])}: {one['words']}" for one in document["said"])]
    rows += [] if document["said"] else ["  nothing"]
    rows += ["", "WHAT CLERK MAKES OF IT", *_inferred(inferred)]
    rows += ["", "WHEN YOU WERE SERVED, AND WHO LOOKED"]
    rows += [f"  {_when(one['at'])}: {_visit(one)}, by {one['by']}" for one in document["visits"]]
    rows += [f"  {_when(one['at'])}: {one.get('what', 'looked at')}, by {one['by']}" for one in document["looked_at"]]
    rows += [
        f"  {_when(one['at'])}: you were shown {', '.join(one.get('skus', []))}" for one in document["showings"]
    ]  # fmt: skip
    rows += ["", f"WHAT YOU BOUGHT ({count(len(document['lines']), 'line item')})"]
    rows += [_line(one) for one in reversed(document["lines"])]
    rows += ["", "WHERE ELSE SOMETHING OF YOU IS"]
    rows += [f"  {copy['where']} (until {copy['until']})" for copy in document["elsewhere"]]
    rows += ["", "You can have any of this corrected, struck out or deleted: ask at the counter or at the kiosk."]
    return "\n".join(rows)


def _inferred(inferred: Mapping[str, Any]) -> list[str]:
    usual = inferred["usual"]
    rows = [f"  Your usual: {_things(usual['lines']) or usual['why'] or 'none yet'}"]
    if usual["last_time"]:
        rows.append(f"  Last time: {_things(usual['last_time'])}")
    rows += [f"  Usual, changed: {usual['changed']}"] if usual["changed"] else []
    rows += [f"  Comes back: {due['item']}: {due['why']}" for due in inferred["due"]]
    rows += [f"  Would be suggested: {one['item']}: {one['why']}" for one in inferred["suggestions"]]
    rows += [f"  Not suggested: {one['item']}: {one['why']}" for one in inferred["withheld"]]
    rows += [f"  Tier: {inferred['tier']}"] if inferred["tier"] else []
    rows += [f"  Standing, for the counter: {inferred['standing']}"] if inferred["standing"] else []
    rows += [f"  {inferred['house_picks']}"] if inferred["house_picks"] else []
    if inferred["value"]:
        rows += ["  What the shop's models expect of you:", *_expected(inferred["value"], inferred["currency"])]
    return rows


def _expected(value: Mapping[str, Any], currency: str) -> list[str]:
    """The forecast of one member, a number a line."""
    spent, past = value["spend_minor"], value["past_minor"]
    rows = [
        f"chance that you still come: {value['with_us']:.0%}",
        f"visits in the coming year: about {value['visits']:.0f}",
        f"visits in the past twelve months: {past:,.0f}"
        if spent is None
        else f"spent in the past twelve months: {money(round(past), currency)}",
    ]
    rows += [] if spent is None else [f"spent in the coming year: about {money(round(spent), currency)}"]
    rows += [f"by that among the first {value['top']:.0%} of all members"] if value["top"] is not None else []
    rows += ["one of the best members, who stays away"] if value["slipping"] else []
    return [f"    {row}" for row in rows]


def _things(lines: list[dict[str, Any]]) -> str:
    return ", ".join(_thing(line) for line in lines)


def _thing(line: Mapping[str, Any]) -> str:
    if line.get("level") == "kind":
        return of_type(line["kind"], line["item"], line["item_seen"], line["seen"])
    return f"{line.get('quantity', 1)} × {line['item']}"


def _consent(one: Mapping[str, Any]) -> str:
    wording = f", wording {one['wording']}" if one["wording"] else ""
    by = f", written down by {one['by']}" if one["by"] else ""
    where = f", at the {one['channel']}" if one["channel"] else ""
    return f"    {_when(one['at'])}: {one['purpose']} {one['state']}{wording}{where}{by}"


def _visit(one: Mapping[str, Any]) -> str:
    how = f" ({one['how']})" if one.get("how") else ""
    return f"visit {'began' if one['kind'] == 'visit-opened' else 'ended'}{how}"


def _line(one: Mapping[str, Any]) -> str:
    made = f", {', '.join(one['modifiers'])}" if one["modifiers"] else ""
    marks = f" [{', '.join(one['marks'])}]" if one["marks"] else ""
    paid = "" if one["total_minor"] is None else f", {money(one['total_minor'], one['currency'])}"
    return f"  {_when(one['at'])}  {one['quantity']:g} × {one['item'] or one['sku']} ({one['sku']}){made}{paid}{marks}"


def _when(text: str) -> str:
    return text[:16].replace("T", " ")
