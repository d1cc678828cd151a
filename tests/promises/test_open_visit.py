"""One open visit at a time: what belongs to an earlier one is refused, and a scan is looked up once."""

from __future__ import annotations

import sys
from collections import Counter as Counted
from types import FrameType

import pytest

from clerk.errors import UnknownMember
from clerk.model import AnswerKind, LineMark, VisitCard
from tests.promises.corner import At


def test_whatever_belongs_to_an_earlier_visit_of_the_same_member_is_refused(counter: At) -> None:
    with counter() as shop:
        visit, records, line = shop.desk.visit, shop.desk.records, shop.line("ada", "BEANS")
        earlier = visit.open("ada", "scan").visit_id
        now = visit.open("ada", "scan").visit_id
        for refused in (
            visit.answer(earlier, "SCONE", AnswerKind.NEVER),
            visit.record(earlier, records.mark("ada", line, LineMark.GIFT)),
            visit.record(now, records.fact("cleo", "note", "sits by the window")),
        ):
            with pytest.raises(UnknownMember, match="has ended"):
                refused.result(10)
        assert shop.statements("ada") == shop.statements("cleo") == ()
        assert isinstance(visit.answer(now, "SCONE", AnswerKind.NEVER).result(10), VisitCard)
        assert visit.undo(earlier).result(10) is None
        assert visit.undo(now).result(10) is not None


@pytest.mark.parametrize("keys", ["ada", "77", "FW", "5012345678900", "no such code 1234567890123"])
def test_a_scan_is_understood_once_and_its_card_looked_up_once(counter: At, keys: str) -> None:
    calls: Counted[str] = Counted()

    def count(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            calls[frame.f_code.co_name] += 1

    with counter() as shop:
        sys.setprofile(count)
        try:
            shop.desk.visit.scan(keys)
        finally:
            sys.setprofile(None)
    assert calls["understand"] == 1
    assert calls["cards_by_code"] <= 1
    assert calls["of_card_as_known"] <= 1
