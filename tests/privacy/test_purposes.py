"""Each purpose governs every path, at once: the counter, why, lists of the day, search, and what is recorded."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from clerk.clock import DAY_S, FixedClock
from clerk.errors import NotPermitted, SettingsError
from clerk.journal import Journal
from clerk.model import AnswerKind, ConsentState, EventKind, Purpose
from clerk.outlook.all_members import everybody
from clerk.outlook.day import day_forecast, day_predictions
from clerk.outlook.visits import OneVisit
from clerk.privacy.wordings import OWN, wordings
from clerk.settings import PrivacySettings
from tests.privacy.people import ADA, NAME, built, desk
from tests.promises.corner import NOW


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("purposes")
    return built(folder / "own", folder / "home")


@pytest.fixture
def home(shop: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shop, tmp_path / "home"))


def said(home: Path, purpose: Purpose, state: ConsentState) -> None:
    """One consent event, as `clerk consent` records it."""
    with desk(home) as here:
        here.records.append(here.records.consent(ADA, purpose, state)).result(10)


def kinds(home: Path) -> list[EventKind]:
    """What the journal holds of the member."""
    with Journal.open(home, FixedClock(NOW)) as journal:
        return [event.kind for event in journal.events_of(ADA)]


def test_without_remember_the_card_is_a_name_and_nothing_else(home: Path) -> None:
    said(home, Purpose.REMEMBER, ConsentState.WITHDRAWN)
    with desk(home) as here:
        card = here.visit.open(ADA, "command")
    assert card.member.name == NAME
    assert not any((card.history, card.usual.lines, card.usual.last_time, card.due, card.suggestions, card.notes))
    assert not any((card.standing, card.member.tier, card.visits, card.baskets, card.discovery))
    assert card.last_at is None


def test_without_remember_why_tells_nothing_of_the_past(home: Path) -> None:
    said(home, Purpose.REMEMBER, ConsentState.WITHDRAWN)
    with desk(home) as here:
        why = here.finding.why(ADA, "FW")
    assert not why.suggested
    assert not why.evidence
    assert not why.lines
    assert "agreed" in why.line.lower()


def test_without_remember_search_shows_the_name_only(home: Path) -> None:
    with desk(home) as here:
        assert here.finding.members("Quillf").hits[0].hint
    said(home, Purpose.REMEMBER, ConsentState.WITHDRAWN)
    with desk(home) as here:
        (hit,) = here.finding.members("Quillf").hits
    assert (hit.name, hit.hint) == (NAME, "")


def test_without_remember_nothing_is_recorded_but_what_the_visit_needs(home: Path) -> None:
    said(home, Purpose.REMEMBER, ConsentState.WITHDRAWN)
    with desk(home, actor="associate") as here:
        card = here.visit.open(ADA)
        here.visit.drawn(card.visit_id)
        with pytest.raises(NotPermitted):
            here.visit.answer(card.visit_id, "CR", AnswerKind.NEVER).result(10)
        with pytest.raises(NotPermitted):
            here.records.append(here.records.fact(ADA, "note", "by the window")).result(10)
        here.visit.end("next")
    assert kinds(home) == [EventKind.CONSENT, EventKind.VISIT_OPENED]


def test_without_remember_or_suggest_a_day_names_nobody_but_counts_them(home: Path) -> None:
    for purpose in (Purpose.REMEMBER, Purpose.SUGGEST):
        said(home, purpose, ConsentState.WITHDRAWN)
        with everybody(home) as members:
            found = day_forecast(members, NOW + DAY_S, NOW, 5)
            rows = day_predictions(members, NOW + DAY_S, NOW, 5)
            one = OneVisit(members)
            one.next_items(ADA, NOW, 1)
        assert ADA not in {visit.member_id for visit in found.visits}
        # Of whom nothing is remembered nothing is foreseen, so nobody unnamed is counted.
        counted = ("Counted and not named, without a yes to suggestions: 1 member.",)
        assert found.notes == (counted if purpose is Purpose.SUGGEST else ())
        assert ADA not in set(rows.customer_id)
        assert one.without_past
        said(home, purpose, ConsentState.GIVEN)


def test_without_suggest_the_usual_stays_and_nothing_is_suggested(home: Path) -> None:
    said(home, Purpose.SUGGEST, ConsentState.WITHDRAWN)
    with desk(home) as here:
        card = here.visit.open(ADA, "command")
        assert not here.finding.why(ADA, "CR").suggested
    assert card.baskets == 12
    assert not card.suggestions
    assert not card.due


def test_who_would_want_an_item_asks_only_those_who_agreed_to_all_three(home: Path) -> None:
    with desk(home) as here:
        assert here.interest.of("CR", lambda done, of: None) == ((), 0)
    said(home, Purpose.CONTACT, ConsentState.GIVEN)
    with desk(home) as here:
        assert here.interest.of("CR", lambda done, of: None)[1] == 1
    said(home, Purpose.SUGGEST, ConsentState.WITHDRAWN)
    with desk(home) as here:
        assert here.interest.of("CR", lambda done, of: None)[1] == 0
    said(home, Purpose.SUGGEST, ConsentState.GIVEN)
    with desk(home) as here:
        here.erasure.forget(ADA)
        assert here.interest.of("CR", lambda done, of: None)[1] == 0


def test_yes_and_no_are_one_call_each_in_an_open_visit(home: Path) -> None:
    with desk(home, actor="associate") as here:
        assert here.visit.open(ADA).history
        visit, consent = here.visit, here.records.consent
        no = visit.record(visit.visit_id, consent(ADA, Purpose.REMEMBER, ConsentState.WITHDRAWN))
        assert not no.result(10).history
        yes = visit.record(visit.visit_id, consent(ADA, Purpose.REMEMBER, ConsentState.GIVEN))
        assert yes.result(10).history


def test_a_withdrawal_holds_in_the_open_counter_at_once(home: Path) -> None:
    with desk(home, actor="associate") as counter:
        assert counter.visit.open(ADA).history
        counter.visit.end("next")
        said(home, Purpose.REMEMBER, ConsentState.WITHDRAWN)
        assert not counter.visit.open(ADA).history


def test_the_shops_own_words_and_their_version_go_with_every_consent(home: Path) -> None:
    (home / "settings.toml").write_text('[privacy]\nwordings = "words.toml"\n', encoding="utf-8")
    words = 'version = "7"\n[en]\nremember = "R?"\nsuggest = "S?"\ncontact = "C?"\n'
    (home / "words.toml").write_text(words + '[de]\nremember = "E?"\nsuggest = "V?"\ncontact = "K?"\n', "utf-8")
    with desk(home) as here:
        assert here.records.words(ADA)[Purpose.CONTACT] == "C?"
        record = here.records.consent(ADA, Purpose.CONTACT, ConsentState.GIVEN)
    assert record.payload["wording"] == "7 en"
    found = wordings(home, PrivacySettings(wordings="words.toml"))
    assert found.of("de-AT")[Purpose.REMEMBER] == "E?"
    assert found.of("fr")[Purpose.REMEMBER] == "R?"
    assert wordings(home, PrivacySettings()) is OWN


@pytest.mark.parametrize(
    "text", ['version = "1"\n', '[en]\nremember = "R"\n', "x = [", 'version="1"\n[en]\nremember="R"']
)
def test_words_that_lack_something_are_refused(home: Path, text: str) -> None:
    (home / "words.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError):
        wordings(home, PrivacySettings(wordings="words.toml"))
    with pytest.raises(SettingsError):
        wordings(home, PrivacySettings(wordings="../words.toml"))
