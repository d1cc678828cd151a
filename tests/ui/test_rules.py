"""The rules at the counter: "do not use this", never to a whole category, house picks, changed recipes, slipping."""

from __future__ import annotations

from dataclasses import replace

from clerk.model import AnswerKind, Why
from clerk.ui.drawing.lines import Line
from clerk.ui.screens.member_lines import State, draw
from tests.glass import counter
from tests.ui.fake_desk import FakeDesk
from tests.ui.people import ADA_CODE, LATTE, ada_card


def text(lines: list[Line]) -> str:
    return "\n".join("".join(piece.text for piece in line).rstrip() for line in lines)


class EvidenceDesk(FakeDesk):
    """A desk whose evidence rests on purchases of the latte."""

    def why(self, member_id: str, sku: str) -> Why:
        return replace(super().why(member_id, sku), rests_on=LATTE.sku)


async def test_do_not_use_this_is_asked_once_and_then_recorded() -> None:
    async with counter(EvidenceDesk()) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("enter")
        assert glass.has("F9: do not use this")
        await glass.press("f9")
        assert glass.has(f"F9 again: purchases of {LATTE.name} are not used any more")
        assert not [call for call in glass.desk.calls if call[0] == "strike"]
        await glass.press("f9")
        await glass.see("✓ Recorded: not used any more")
        assert ("strike", ada_card("v1").member.member_id, LATTE.sku) in glass.desk.calls
        assert glass.has("Worth mentioning")


async def test_evidence_without_purchases_offers_nothing_to_strike() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("enter", "f9", "f9")
        assert not [call for call in glass.desk.calls if call[0] == "strike"]


async def test_a_past_line_is_struck_out_and_gone() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        card = ada_card("v1")
        downs = len(card.suggestions)
        await glass.press(*["down"] * downs, "f9", "left")
        assert glass.has("◂ strike out ▸")
        await glass.press("f9")
        await glass.see("✓ Recorded: strike out")
        assert [call[0] for call in glass.desk.calls].count("strike") == 1


async def test_never_pressed_again_asks_and_then_means_the_category() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("f7")
        await glass.see("✓ never, recorded")
        await glass.press("f7")
        assert glass.has(f"F7 again: never anything of {LATTE.category}")
        answers = [call for call in glass.desk.calls if call[0] == "answer"]
        assert answers == [("answer", "v1", LATTE.sku, AnswerKind.NEVER)]
        await glass.press("f7")
        await glass.see(f"✓ Recorded: never anything of {LATTE.category}")
        assert ("answer", "v1", LATTE.sku, AnswerKind.NEVER, "category") in glass.desk.calls


def test_house_picks_changed_recipes_and_slipping_stand_on_the_card() -> None:
    card = ada_card("v1")
    line = replace(card.suggestions[0].reason, line="House pick: chosen by the shop")
    picked = replace(card.suggestions[0], source="house", reason=line)
    shown = replace(
        card,
        suggestions=(picked,),
        discovery="House picks: 1 left, everybody starts with one; today's spends one.",
        standing="Gold, slipping: usually here every 9 days, last here 41 days ago",
        usual=replace(card.usual, changed="Flat white: since 12 Aug with oat milk, before with whole milk"),
    )
    for width, height in ((80, 24), (110, 30)):
        drawn = text(draw(shown, State(), width, height))
        assert drawn.count("House pick: chosen by the shop") == 1
        assert "house pick: House pick" not in drawn
        for said in ("House picks: 1 left", "slipping: usually here every 9 days", "since 12 Aug with oat milk"):
            assert said in drawn
