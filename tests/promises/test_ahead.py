"""A long-term scorecard · Anticipate, never act."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from clerk.cli import main
from clerk.clock import FixedClock
from clerk.journal import Journal
from clerk.model import AnswerKind, Event, EventKind
from tests.promises.corner import NOW, REGULARS, At, built, counter_of, crowd, write

TOMORROW = "2026-03-11"


def events(home: Path) -> list[Event]:
    """Everything the journal holds."""
    journal = Journal.open(home, FixedClock(NOW))
    try:
        return list(journal.events())
    finally:
        journal.close()


def fingerprint(folder: Path) -> dict[str, str]:
    """What every file of the folder holds."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def forecast(home: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, dict[str, float]]:
    """Member -> SKU -> chance, as the command prints it."""
    capsys.readouterr()
    assert (
        main(["forecast", "--home", str(home), "--at", "2026-03-10T20:00", "--date", TOMORROW, "--json", *options]) == 0
    )
    found = json.loads(capsys.readouterr().out)
    return {one["member_id"]: {item["sku"]: item["p"] for item in one["items"]} for one in found["visits"]}


# ---- A long-term scorecard: what is counted is what really happened, and nothing ranks by what sells.


def test_scorecard_what_is_counted_is_what_really_happened(counter: At, tmp_path: Path) -> None:
    with counter() as shop:
        shop.visit("cleo", ("CROISSANT", AnswerKind.TOOK))
        shop.visit("ada", drawn=False)
        shop.visit("lena", end="scan")
        house = shop.card("dan").suggestions[-1]
        shop.visit("dan", (house.item.sku, AnswerKind.NEVER))
    told = events(tmp_path / "home")
    shown = {one.member_id: one.payload for one in told if one.kind is EventKind.SHOWN}
    assert set(shown) == {"cleo", "dan"}
    assert shown["dan"]["house"] == house.item.sku
    answers = {one.member_id: one.payload for one in told if one.kind is EventKind.ANSWER}
    assert (answers["cleo"]["answer"], answers["cleo"]["source"]) == ("took", "company")
    assert (answers["dan"]["answer"], answers["dan"]["source"]) == ("never", "house")
    ended = [(one.member_id, one.payload["how"]) for one in told if one.kind is EventKind.VISIT_ENDED]
    assert ended == [("cleo", "next"), ("lena", "scan"), ("dan", "next")]


def test_scorecard_nothing_ranks_by_what_sells_next(counter: At) -> None:
    with counter() as shop:
        before = {who: [(one.item.sku, one.score) for one in shop.card(who).suggestions] for who in crowd()}
        for who in ("cleo", "gwen", "ida", "jon"):
            shop.visit(who, ("CROISSANT", AnswerKind.TOOK))
        after = {who: [(one.item.sku, one.score) for one in shop.card(who).suggestions] for who in crowd()}
    assert before == after


def test_scorecard_what_is_withheld_is_told_by_its_gate(counter: At) -> None:
    with counter() as shop:
        withheld = {(one.item.sku, one.gate.value) for one in shop.card("ben").withheld}
        assert ("MUFFIN", "not here today") in withheld


def scorecard(home: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The scorecard of the next morning, as the command prints it."""
    capsys.readouterr()
    assert main(["scorecard", "--home", str(home), "--at", "2026-03-11T09:00", "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_scorecard_shows_what_lasts_and_no_sales(
    counter: At, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with counter() as shop:
        shop.visit("cleo", ("CROISSANT", AnswerKind.TOOK))
        house = shop.card("dan").suggestions[-1]
        shop.visit("dan", (house.item.sku, AnswerKind.NEVER))
        shop.visit("ben")
        shop.visit("ada", drawn=False)
        shop.visit("lena", end="scan")
    found = scorecard(tmp_path / "home", capsys)
    measures = {one["name"]: one for one in found["measures"]}
    assert set(measures) >= {"Return visits", "Said never", "Discoveries accepted", "Suggestions withheld"}
    # Cleo saw two suggestions, Dan and Ben one each: what nobody saw, or what a scan replaced, was not shown.
    assert (measures["Said never"]["of"], measures["Said never"]["value"]) == (4, pytest.approx(1 / 4))
    assert (measures["Discoveries accepted"]["of"], measures["Discoveries accepted"]["value"]) == (3, 0.0)
    words = json.dumps(found).lower()
    assert not [word for word in ("revenue", "turnover", "conversion", "upsell") if word in words]
    assert "not here today" in [one["gate"] for one in found["withheld"]]


# ---- Anticipate, never act: honest chances, and nothing is ordered, charged, contacted or recorded.


def test_anticipate_a_forecast_changes_nothing_at_all(
    corner_packs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "packs").symlink_to(corner_packs)
    with counter_of(home)() as shop:
        shop.visit("cleo")
    before, packs = events(home), fingerprint(corner_packs)
    assert forecast(home, capsys)
    assert events(home) == before
    assert fingerprint(corner_packs) == packs
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


def test_anticipate_says_who_and_what_with_chances(
    counter: At, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with counter():
        found = forecast(tmp_path / "home", capsys)
    assert found["ada"]["FW"] == max(found["ada"].values()) > 0.3
    assert all(0 <= p <= 1 for items in found.values() for p in items.values())


def test_anticipate_a_forecast_says_what_will_be_bought_and_not_what_may_be_suggested(
    counter: At, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with counter() as shop:
        before = forecast(tmp_path / "home", capsys)["ada"]
        shop.record(shop.desk.records.answer("ada", "BEANS", AnswerKind.NEVER))
        assert "BEANS" not in shop.skus("ada")
    assert forecast(tmp_path / "home", capsys)["ada"] == pytest.approx(before)


def test_anticipate_what_is_struck_out_is_not_forecast(
    counter: At, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with counter() as shop:
        shop.record(shop.desk.records.strike("ada", sku="BEANS"))
        shop.record(shop.desk.records.strike("cleo", category="Drinks"))
    found = forecast(tmp_path / "home", capsys)
    assert "BEANS" not in found["ada"] or found["ada"]["BEANS"] < 0.05
    assert found.get("cleo", {}).get("FW", 0.0) < 0.2


def test_anticipate_due_is_a_chance_and_never_an_order(tmp_path: Path) -> None:
    home = built(write(tmp_path / "f", {**REGULARS, **crowd()}), tmp_path / "h")
    with counter_of(home)() as shop:
        (due,) = shop.card("ada").due
        assert 0 < due.probability < 1
        assert "Chance of a purchase within 14 days" in shop.why_words("ada", "BEANS")
        assert events(home) == []
