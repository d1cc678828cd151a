"""An export row that arrives late, with an old date or a strange one, lifts neither a withdrawal nor an erasure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.clock import DAY_S, NOON_S, FixedClock
from clerk.errors import UnknownMember
from clerk.history.leave_out import ErasureRules, leave_out
from clerk.history.merge import merged
from clerk.journal import Journal
from clerk.model import (
    UNDATED,
    AgreementState,
    Consent,
    ConsentState,
    Event,
    EventKind,
    Member,
    MemberFacts,
    Purpose,
)
from clerk.pack import generations
from clerk.privacy.consent import consents_now
from clerk.privacy.erasure import Erasure, Erasures, Scope, tombstone_of
from clerk.privacy.readable import readable_facts
from tests.pack_build.shop import write_table
from tests.privacy.people import ADA, day, desk, exports, history, night
from tests.promises.corner import NOW
from tests.proof import rounds
from tests.visit.build import event

GIVEN, WITHDRAWN, NOT_ASKED = ConsentState.GIVEN, ConsentState.WITHDRAWN, ConsentState.NOT_ASKED
_TODAY = NOW // DAY_S * DAY_S
_MOMENTS = [_TODAY - back * DAY_S + second for back in range(4) for second in (0, 8 * 3600, NOON_S, 17 * 3600)]
"""With a time, and as a date alone is read: noon, or midnight."""
_ROWS = st.lists(
    st.builds(
        Consent,
        st.just(Purpose.SUGGEST),
        st.sampled_from([GIVEN, GIVEN, WITHDRAWN, WITHDRAWN, NOT_ASKED]),
        st.sampled_from(_MOMENTS),
        by=st.sampled_from(["", "", "till", UNDATED]),
    ),
    max_size=6,
    unique_by=lambda one: (one.state, one.at),
)


def delivered(rows: Sequence[Consent], sizes: Sequence[int]) -> list[Consent]:
    """The rows after the history store took them in, so many a night."""
    known, left = None, list(rows)
    for size in [*sizes, len(left)]:
        arrived, left = left[: max(size, 1)], left[max(size, 1) :]
        if arrived:
            frame = pl.DataFrame(
                [("m", one.purpose.value, one.state.value, one.at, one.by) for one in arrived],
                schema=["member_id", "purpose", "state", "at", "by"],
                orient="row",
            )
            known = merged("consents", known, frame, None)
    if known is None:
        return []
    return [Consent(Purpose(p), ConsentState(s), at, by=by) for _, p, s, at, by in known.iter_rows()]


def surely_yes(rows: Sequence[Consent]) -> bool:
    """Whether the newest dated row is a yes whichever second of its day each row without a time means."""
    noes = [one for one in rows if one.state is WITHDRAWN]
    dated = [one for one in rows if one.state is GIVEN and (one.by != UNDATED or not noes)]
    if not dated:
        return False

    def seconds(one: Consent) -> tuple[int, ...]:
        start = one.at // DAY_S * DAY_S
        if one.at == start + NOON_S:
            return start, start + DAY_S - 1
        return (one.at, start + DAY_S - 1) if one.at == start and one.state is WITHDRAWN else (one.at,)

    last_no = max((second for one in noes for second in seconds(one)), default=-1)
    surest_yes = max(min(seconds(one)) for one in dated)
    not_asked = max((one.at for one in rows if one.state is NOT_ASKED), default=-1)
    newest = max(dated, key=lambda one: min(seconds(one)))
    return surest_yes > last_no and newest.at >= not_asked


@pytest.mark.proof
@settings(max_examples=rounds(300, 100_000), deadline=None)
@given(
    _ROWS.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))), st.lists(st.integers(1, 3), max_size=4)
)
def test_no_order_of_deliveries_allows_more_than_the_newest_rows_say(
    rows_and_order: tuple[list[Consent], list[Consent]], sizes: list[int]
) -> None:
    rows, order = rows_and_order
    found = consents_now(delivered(order, sizes), [])
    assert (Purpose.SUGGEST in found.allowed) == surely_yes(rows)
    assert found == consents_now(delivered(rows, []), [])


@settings(max_examples=200, deadline=None)
@given(_ROWS, st.sampled_from(_MOMENTS))
def test_no_row_of_an_export_lifts_a_withdrawal_that_a_counter_recorded(rows: list[Consent], at: int) -> None:
    out = event(EventKind.CONSENT, (NOW - at) / DAY_S, purpose="suggest", state="withdrawn")
    found = consents_now(rows, [out])
    assert Purpose.SUGGEST not in found.allowed
    newer = any(one.state is GIVEN and (one.at - NOON_S * (one.at % DAY_S == NOON_S)) > out.at for one in rows)
    assert found.state(Purpose.SUGGEST) is (AgreementState.ASK_AGAIN if newer else AgreementState.WITHDRAWN)


def test_an_old_file_that_is_copied_anew_brings_no_yes_back() -> None:
    no = Consent(Purpose.CONTACT, WITHDRAWN, NOW - 5 * DAY_S, by=UNDATED)
    copied = Consent(Purpose.CONTACT, GIVEN, NOW, by=UNDATED)
    found = consents_now([no, copied], [])
    assert Purpose.CONTACT not in found.allowed
    assert found.ask_again == (Purpose.CONTACT,)
    assert Purpose.CONTACT in consents_now([copied], []).allowed


# ---- erasures

KEY = b"k" * 32
ERASED_AT = _TODAY - 2 * DAY_S + 10 * 3600
"""Ten in the morning: a date without a time, of that day, may be earlier."""
_OLD = [ERASED_AT - back * DAY_S for back in (0, 1, 30)] + [
    ERASED_AT // DAY_S * DAY_S + NOON_S,
    ERASED_AT // DAY_S * DAY_S,
]
_NEW = [ERASED_AT + 60, ERASED_AT + 2 * DAY_S]


def rules(*, enrolled_again: bool) -> ErasureRules:
    """Everything of `m` was forgotten; perhaps a counter enrolled them afterwards."""
    erased = Erasures([KEY], [Erasure(tombstone_of(KEY, "member", "m"), Scope.ALL, ERASED_AT, 10)])
    return ErasureRules(erased, enrolled={"m": [20]} if enrolled_again else {})


@settings(max_examples=rounds(60, 5_000), deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([GIVEN, WITHDRAWN]), st.sampled_from(_OLD)), max_size=4, unique=True),
    st.lists(st.sampled_from(_OLD), max_size=4),
    st.sampled_from(["", "2020-01-01", "2026-03-08"]),
    st.booleans(),
)
def test_rows_that_may_be_older_than_an_erasure_bring_nobody_and_nothing_back(
    consents: list[tuple[ConsentState, int]], lines: list[int], joined_on: str, enrolled_again: bool
) -> None:
    told = rules(enrolled_again=enrolled_again)
    tables = {
        "members": pl.DataFrame({"member_id": ["m"], "name": ["Ada"], "joined_on": [joined_on]}),
        "cards": pl.DataFrame({"code": ["1"], "member_id": ["m"]}),
        "consents": pl.DataFrame(
            [("m", "suggest", state.value, at, "") for state, at in consents],
            schema={"member_id": pl.String, "purpose": pl.String, "state": pl.String, "at": pl.Int64, "by": pl.String},
            orient="row",
        ),
        "lines": pl.DataFrame(
            {"member_id": ["m"] * len(lines), "at": lines}, schema={"member_id": pl.String, "at": pl.Int64}
        ),
    }
    facts = MemberFacts(
        Member(1, "m", "Ada", joined_on=joined_on),
        (),
        tuple(Consent(Purpose.SUGGEST, state, at) for state, at in consents),
        history(sorted(lines)),
    )
    enrolment = [Event("e", EventKind.MEMBER, ERASED_AT + 60, "m", "", {"name": "Ada"}, 20)] if enrolled_again else []
    left = readable_facts(told.erasures, facts, enrolment)
    leave_out(tables, told)
    assert tables["cards"].is_empty()
    assert tables["lines"].is_empty()
    assert GIVEN.value not in tables["consents"]["state"]
    if not enrolled_again:
        assert left is None
        assert tables["members"].is_empty()
        return
    assert left is not None
    assert left.member.name == tables["members"]["name"].item() == "m"
    assert not len(left.history.basket_at)
    assert Purpose.SUGGEST not in consents_now(left.consents, ()).allowed
    assert [one.at for one in left.consents] == tables["consents"]["at"].to_list()


@pytest.mark.parametrize("at", _NEW)
def test_what_is_certainly_later_than_an_erasure_counts_of_who_enrolled_again(at: int) -> None:
    told = rules(enrolled_again=True)
    lines = pl.DataFrame({"member_id": ["m"], "at": [at]})
    tables = {"members": pl.DataFrame({"member_id": ["m"], "name": ["Ada"]}), "lines": lines}
    leave_out(tables, told)
    assert tables["lines"].height == 1


def test_a_yes_or_a_joining_day_from_the_future_is_set_aside(tmp_path: Path) -> None:
    home = tmp_path / "home"
    inbox = exports(home / "inbox" / "shop", members=[(ADA, "Zuzanna", "Zuzanna", "", "", "2099-01-01")])
    consents = [(ADA, "suggest", "given", day(-1)), (ADA, "contact", "withdrawn", day(-1))]
    write_table(inbox, "consents", ("member_id", "purpose", "state", "at"), consents)
    (home / "settings.toml").write_text("[pack]\nbad_rows_share = 0.9\n", encoding="utf-8")
    report = night(home)
    with desk(home) as here:
        card = here.visit.open(ADA, "command")
        assert card.consents.state(Purpose.SUGGEST) is AgreementState.NOT_ASKED
        assert card.consents.state(Purpose.CONTACT) is AgreementState.WITHDRAWN
        assert card.member.joined_on == ""
        here.erasure.forget(ADA)
    assert any("future" in path.read_text("utf-8") for path in (home / "quarantine").rglob("*.csv")), report
    exports(home / "inbox" / "shop", members=[(ADA, "Zuzanna", "Zuzanna", "", "", "2099-01-01")], ends=0.5)
    night(home, NOW + DAY_S)
    with desk(home, days=2) as here, pytest.raises(UnknownMember):
        here.visit.open(ADA, "command")


def test_a_yes_without_a_date_is_taken_in_though_its_file_is_from_later_than_the_clock(tmp_path: Path) -> None:
    home = tmp_path / "home"
    inbox = exports(home / "inbox" / "shop")
    columns = ("member_id", "purpose", "state", "at", "by")
    write_table(inbox, "consents", columns, [(ADA, "contact", "given", day(-3), UNDATED)])
    night(home)
    with desk(home) as here:
        assert here.visit.open(ADA, "command").consents.state(Purpose.CONTACT) is AgreementState.GIVEN


def test_a_yes_that_arrives_the_night_after_a_withdrawal_asks_again_and_suggests_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    exports(home / "inbox" / "shop")
    night(home)
    with desk(home) as here:
        here.records.append(here.records.consent(ADA, Purpose.SUGGEST, WITHDRAWN)).result(10)
    for days, late in enumerate((day(40), day(0.5), day(-0.5)), 1):
        write_table(
            home / "inbox" / "shop",
            "consents",
            ("member_id", "purpose", "state", "at"),
            [(ADA, "suggest", "given", late)],
        )
        night(home, NOW + days * DAY_S)
        with desk(home, days=days) as here:
            card = here.visit.open(ADA, "command")
            assert Purpose.SUGGEST not in card.allowed
            assert not card.suggestions
    assert card.consents.ask_again == (Purpose.SUGGEST,)
    with desk(home, days=4) as here:
        here.records.append(here.records.consent(ADA, Purpose.SUGGEST, GIVEN)).result(10)
        assert Purpose.SUGGEST in here.visit.open(ADA, "command").allowed
    with Journal.open(home, FixedClock(NOW)) as journal:
        assert len([one for one in journal.events_of(ADA) if one.kind is EventKind.CONSENT]) == 2


@pytest.mark.parametrize(
    "said",
    [
        ("withdrawn", "2024-13-45"),
        ("withdrawn", ""),
        ("refused", "2024-06-01"),
        ("pending", "2024-06-01"),
        ("", "2024-06-01"),
        ("", ""),
    ],
)
def test_a_row_that_cannot_be_read_whole_lets_no_earlier_yes_go_on(tmp_path: Path, said: tuple[str, str]) -> None:
    home = tmp_path / "home"
    columns = ("member_id", "purpose", "state", "at")
    folder = exports(home / "inbox" / "1")
    write_table(folder, "consents", columns, [(ADA, "suggest", "given", "2024-05-01")])
    night(home)
    with desk(home) as here, here.pack.reading() as pack:
        assert Purpose.SUGGEST in pack.members.allowed(ADA)
    for number in (2, 3):
        write_table(home / "inbox" / str(number), "consents", columns, [(ADA, "suggest", *said)])
        night(home, NOW + number * DAY_S)
        with desk(home, number) as here, here.pack.reading() as pack:
            assert Purpose.SUGGEST not in pack.members.allowed(ADA)
    write_table(
        home / "inbox" / "4", "consents", columns, [(ADA, "suggest", "given", day(-4.1)), (ADA, "suggest", *said)]
    )
    night(home, NOW + 5 * DAY_S)
    with desk(home, 5) as here, here.pack.reading() as pack:
        assert Purpose.SUGGEST in pack.members.allowed(ADA)


def test_older_store_data_in_use_again_brings_no_yes_back_that_an_export_withdrew(tmp_path: Path) -> None:
    home = tmp_path / "home"
    columns = ("member_id", "purpose", "state", "at")
    inbox = exports(home / "inbox" / "shop")
    write_table(inbox, "consents", columns, [(ADA, "suggest", "given", day(300))])
    night(home)
    with desk(home) as here:
        assert Purpose.SUGGEST in here.visit.open(ADA, "command").allowed
    write_table(home / "inbox" / "shop", "consents", columns, [(ADA, "suggest", "withdrawn", day(1))])
    night(home, NOW + DAY_S)
    generations.rollback(home)
    with desk(home, days=1) as here:
        card = here.visit.open(ADA, "command")
        assert card.consents.state(Purpose.SUGGEST) is AgreementState.WITHDRAWN
        assert not card.suggestions
        with here.pack.reading() as pack:
            assert Purpose.SUGGEST not in pack.members.allowed(ADA)
