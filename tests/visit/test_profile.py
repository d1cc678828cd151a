"""Events laid over facts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clerk.model import AgreementState, AnswerKind, Consent, ConsentState, EventKind, LineFlag, LineMark, Purpose
from clerk.visit.profile.member_profile import answers_in, skus_in
from tests.visit.build import BEANS, FLAT_WHITE, NOW, SENCHA, Counter, answered, event, history

PAST = history([(9, [FLAT_WHITE, BEANS]), (5, [FLAT_WHITE]), (2, [SENCHA])])


def seen(*events: Any, **more: Any) -> Any:
    return Counter(PAST, list(events), **more).profile()


def consent(state: ConsentState, days_ago: float, purpose: Purpose = Purpose.SUGGEST) -> Consent:
    return Consent(purpose, state, NOW - round(days_ago * 86_400))


def said(state: str, days_ago: float, purpose: str = "suggest", **more: Any) -> Any:
    return event(EventKind.CONSENT, days_ago, purpose=purpose, state=state, **more)


def test_answers_are_read_from_events() -> None:
    made = seen(
        answered(BEANS, AnswerKind.NEVER),
        answered(SENCHA, AnswerKind.NOT_NOW, 3),
        answered(FLAT_WHITE, AnswerKind.HAS_IT, 2),
        answered(SENCHA, AnswerKind.NEVER, scope="category", category="Provisions > Tea"),
    )
    assert made.never_items == {BEANS}
    assert made.never_categories == {"Provisions > Tea"}
    assert (set(made.not_now), set(made.has_it)) == ({SENCHA}, {FLAT_WHITE})


def test_a_sku_the_pack_does_not_know_is_passed_over() -> None:
    assert seen(event(EventKind.ANSWER, sku="GONE", answer="never")).never_items == frozenset()


def test_a_yes_ends_what_was_said_before_but_not_a_never() -> None:
    made = seen(
        answered(SENCHA, AnswerKind.NEVER, 9),
        answered(SENCHA, AnswerKind.NOT_NOW, 8),
        answered(SENCHA, AnswerKind.TOOK, 7),
    )
    assert made.never_items == {SENCHA}
    assert not made.not_now
    assert SENCHA in made.took


def test_only_real_showings_count_and_taking_it_starts_anew() -> None:
    shown = [event(EventKind.SHOWN, days, visit_id=f"V{days}", skus=["S5", "S8"]) for days in (9, 8, 7)]
    assert seen(*shown).shown[SENCHA][0] == 3
    made = seen(*shown, answered(SENCHA, AnswerKind.TOOK, 6, visit_id="V6"),
                event(EventKind.SHOWN, 6, visit_id="V6", skus=["S5"]))  # fmt: skip
    assert SENCHA not in made.shown
    assert made.shown[8][0] == 3


def test_an_undone_event_no_longer_counts() -> None:
    never = answered(BEANS, AnswerKind.NEVER)
    assert seen(never, event(EventKind.UNDO, event_id=never.event_id)).never_items == frozenset()


def test_a_mark_sets_the_flag_at_once_and_never_in_the_pack() -> None:
    made = seen(event(EventKind.MARK, line="b0:2", mark="gift"))
    assert made.history.flags.tolist() == [0, LineFlag.GIFT, 0, 0]
    assert PAST.flags.tolist() == [0, 0, 0, 0]


def test_a_later_mark_replaces_an_earlier_one() -> None:
    made = seen(
        event(EventKind.MARK, 2, line="b0:2", mark="gift"), event(EventKind.MARK, 1, line="b0:2", mark="mistake")
    )
    assert made.history.flags[1] == LineFlag.MISTAKE


@pytest.mark.parametrize("line", ["b0", "b0:", ":1", "b9:1", "b0:99", "b0:x", "b0:²", ""])
def test_a_mark_on_no_line_changes_nothing(line: str) -> None:
    assert not seen(event(EventKind.MARK, line=line, mark="gift")).history.flags.any()


def test_a_mark_of_an_unknown_kind_changes_nothing() -> None:
    assert not seen(event(EventKind.MARK, line="b0:2", mark="whatever")).history.flags.any()


def test_a_line_a_category_or_a_period_can_be_struck_out() -> None:
    struck = int(LineFlag.STRUCK)
    assert seen(event(EventKind.STRIKE, line="b0:1")).history.flags.tolist() == [struck, 0, 0, 0]
    by_category = seen(event(EventKind.STRIKE, category="Provisions"))
    assert by_category.history.flags.tolist() == [0, struck, 0, struck]
    assert by_category.struck_categories == {"Provisions"}
    period = seen(event(EventKind.STRIKE, since=NOW - 6 * 86_400, until=NOW - 4 * 86_400))
    assert period.history.flags.tolist() == [0, 0, struck, 0]


def test_lines_after_now_are_left_out() -> None:
    made = Counter(history([(3, [BEANS]), (-2, [SENCHA])])).profile()
    assert made.history.item.tolist() == [BEANS]
    assert made.history.basket_id == ("b0",)


def test_asked_nothing_is_not_a_yes_and_being_remembered_is_part_of_joining() -> None:
    nothing = seen(consents=())
    assert nothing.allowed == {Purpose.REMEMBER}
    assert [nothing.consents.state(purpose) for purpose in Purpose] == [
        AgreementState.JOINED,
        AgreementState.NOT_ASKED,
        AgreementState.NOT_ASKED,
    ]
    contact = consent(ConsentState.GIVEN, 5, Purpose.CONTACT)
    assert seen(consents=(contact,)).allowed == {Purpose.REMEMBER, Purpose.CONTACT}


def test_with_a_consent_record_only_what_was_given_is_agreed() -> None:
    remember = consent(ConsentState.GIVEN, 5, Purpose.REMEMBER)
    assert seen(consents=(remember,)).allowed == {Purpose.REMEMBER}


def test_opting_out_of_suggestions_does_not_forget_the_member() -> None:
    assert seen(said("withdrawn", 1)).consents.state(Purpose.SUGGEST) is AgreementState.WITHDRAWN
    assert seen(said("withdrawn", 1)).allowed == {Purpose.REMEMBER}
    assert seen(said("given", 1, purpose="contact")).allowed == set(Purpose)


def test_the_latest_consent_of_the_pack_counts_and_the_journal_above_it() -> None:
    given, withdrawn = consent(ConsentState.GIVEN, 9), consent(ConsentState.WITHDRAWN, 5)
    assert Purpose.SUGGEST not in seen(consents=(withdrawn, given)).allowed
    assert Purpose.SUGGEST not in seen(said("withdrawn", 1), consents=(given,)).allowed


def test_an_opt_out_stands_unless_the_opt_in_names_it() -> None:
    out = said("withdrawn", 3)
    assert Purpose.SUGGEST not in seen(out, said("given", 2)).allowed
    assert Purpose.SUGGEST not in seen(out, said("given", 2, basis="something else")).allowed
    assert Purpose.SUGGEST in seen(out, said("given", 2, basis=out.event_id)).allowed
    from_pack = consent(ConsentState.WITHDRAWN, 5)
    assert Purpose.SUGGEST not in seen(said("given", 2), consents=(from_pack,)).allowed
    assert Purpose.SUGGEST in seen(said("given", 2, basis="pack"), consents=(from_pack,)).allowed


def test_a_consent_that_cannot_be_read_is_a_no() -> None:
    assert Purpose.SUGGEST not in seen(said("perhaps", 1)).allowed
    assert seen(said("given", 1, purpose="everything")).allowed == {Purpose.REMEMBER, Purpose.SUGGEST}


def test_stated_facts_are_kept_apart() -> None:
    made = seen(
        event(EventKind.FACT, fact="allergen", text="hazelnut"),
        event(EventKind.FACT, fact="dislike", text="cinnamon"),
        event(EventKind.FACT, fact="note", text="likes the window seat"),
    )
    assert (made.allergens, made.dislikes, made.notes) == ({"hazelnut"}, ("cinnamon",), ("likes the window seat",))


def test_the_skus_and_answers_of_a_visit_can_be_listed() -> None:
    events = [answered(BEANS, AnswerKind.NEVER, visit_id="V7"), event(EventKind.SHOWN, skus=["S5", 7], visit_id="V7")]
    assert skus_in(events) == ("S3", "S5")
    assert answers_in(events, "V7") == {"S3": "never"}


def test_an_event_with_a_payload_of_nonsense_breaks_nothing() -> None:
    for kind in EventKind:
        made = seen(
            event(kind, sku=7, answer=[], skus="S5", line=3, mark=None, since="x", until=1.5, purpose=0, text="")
        )
        assert len(made.history) == len(PAST)


def test_the_packs_own_marks_stay() -> None:
    past = history([(9, [BEANS])], {"b0:1": LineFlag.GIFT | LineFlag.ELSEWHERE})
    made = Counter(past, [event(EventKind.MARK, line="b0:1", mark=str(LineMark.OTHER))]).profile()
    assert made.history.flags.tolist() == [LineFlag.OTHER | LineFlag.ELSEWHERE]
    assert np.array_equal(past.flags, [LineFlag.GIFT | LineFlag.ELSEWHERE])
