"""What the looks promise: contrast, one list of actions, a crash that names nobody."""

from __future__ import annotations

import re
import sys

import pytest
from textual import __version__
from textual.app import App

from clerk.crash import crash_text
from clerk.ui.counter.counter import EVERYWHERE
from clerk.ui.drawing.lines import Role
from clerk.ui.drawing.theme import MUTED_CONTRAST, PALETTES, TEXT_CONTRAST, contrast, styles, textual_theme
from clerk.ui.input.actions import ACTIONS, BY_KEY, FOOTER, FOOTER_GIVES_WAY
from clerk.ui.input.textual_private import QuietCrash
from clerk.ui.screens.find import FindView
from clerk.ui.screens.help import ABOUT, HelpView
from clerk.ui.screens.home import HomeView, TroubleView
from clerk.ui.screens.item import ItemView
from clerk.ui.screens.lists import PrepView, ScorecardView
from clerk.ui.screens.member import MemberView
from clerk.ui.screens.statements import StatementsView
from clerk.ui.screens.why import WhyView


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.RULE])
def test_text_can_be_read_in_both_themes(palette, role) -> None:  # type: ignore[no-untyped-def]
    ink = palette.inks[role]
    floor = MUTED_CONTRAST if role is Role.MUTED else TEXT_CONTRAST
    assert contrast(ink.colour, ink.ground) >= floor


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
def test_every_role_has_a_style_and_textual_gets_the_same_colours(palette) -> None:  # type: ignore[no-untyped-def]
    assert set(styles(palette)) == set(Role)
    assert textual_theme(palette).background == palette.ground


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_a_key_has_one_meaning() -> None:
    assert len(BY_KEY) == sum(len(action.keys) for action in ACTIONS)


def test_no_printable_key_and_no_enter_is_bound_to_an_action_that_writes() -> None:
    for action in ACTIONS:
        if action.writes:
            assert all(re.fullmatch(r"f\d+|ctrl\+[zoegb]", key) for key in action.keys), action.id


def test_every_action_has_a_label_a_tooltip_and_a_place() -> None:
    ids = {action.id for action in ACTIONS}
    assert len(ids) == len(ACTIONS)
    assert all(action.label and action.tooltip.endswith(".") and action.where for action in ACTIONS)
    assert set(FOOTER) <= ids
    assert set(FOOTER_GIVES_WAY) <= set(FOOTER)
    assert ids >= EVERYWHERE


def test_help_names_every_key() -> None:
    words = "\n".join("".join(piece.text for piece in row) for row in HelpView("home").rows(80))
    for action in ACTIONS:
        assert action.shown in words


def test_every_screen_has_help_of_its_own() -> None:
    for view in (
        HomeView,
        MemberView,
        FindView,
        ItemView,
        WhyView,
        TroubleView,
        StatementsView,
        PrepView,
        ScorecardView,
    ):
        assert view.name in ABOUT


def test_a_crash_shows_a_reference_and_no_values() -> None:
    try:
        member = {"name": "Ada Lovelace", "phone": "+44 20 7946 0000"}
        raise KeyError(member["name"])
    except KeyError:
        text = crash_text(sys.exc_info()[1])
    assert "KeyError" in text
    assert "test_looks.py" in text
    assert re.search(r"Reference [0-9a-f]{8}", text)
    assert "Ada" not in text
    assert "7946" not in text


async def test_a_crash_of_the_counter_leaves_no_locals_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    class Crashing(QuietCrash):
        """Falls over with a member in its hands."""

        def on_mount(self) -> None:
            name = "Ada Lovelace"
            raise ValueError(name)

    with pytest.raises(ValueError, match="Ada"):
        async with Crashing().run_test():
            pass
    painted = "".join(capsys.readouterr())
    assert "Reference" in painted
    assert "Ada" not in painted


def test_the_private_name_is_still_the_one_of_the_pinned_textual() -> None:
    assert __version__ == "8.2.8"
    assert callable(App._fatal_error)
    assert "_exit_renderables" in App._fatal_error.__code__.co_names
