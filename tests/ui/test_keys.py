from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.cards.code import is_own
from clerk.ui.input.scan_or_typing import BURST_GAP_S, LONGEST, Burst, KeyReader, Stroke, Typed
from tests.ui.people import ADA_CODE, BEN_CODE

FAST, SLOW = 0.002, 0.2


def strokes(text: str, start: float = 0.0, gap: float = FAST) -> list[Stroke]:
    return [Stroke(letter, letter, start + at * gap) for at, letter in enumerate(text)]


def key(name: str, at: float) -> Stroke:
    return Stroke(name, "", at)


def heard(given: list[Stroke], settle: float = 5.0) -> list[Typed | Burst]:
    reader = KeyReader(is_own)
    out: list[Typed | Burst] = []
    for stroke in given:
        out += reader.feed(stroke)
    return out + reader.look(given[-1].at + settle)


def typed(out: list[Typed | Burst]) -> list[str]:
    assert all(isinstance(each, Typed) for each in out)
    return [stroke.key for each in out if isinstance(each, Typed) for stroke in each.strokes]


@pytest.mark.parametrize("suffix", ["enter", "tab", "ctrl+j"])
@pytest.mark.parametrize("gap", [0.0, 0.002, 0.012, 0.030])
def test_a_fast_code_and_its_suffix_are_one_scan(suffix: str, gap: float) -> None:
    keys = strokes(ADA_CODE, gap=gap)
    out = heard([*keys, key(suffix, keys[-1].at + gap)])
    assert [(each.text, each.leaked) for each in out if isinstance(each, Burst)] == [(ADA_CODE, 0)]
    assert len(out) == 1


def test_the_line_feed_after_a_carriage_return_is_part_of_the_scan() -> None:
    keys = strokes(ADA_CODE)
    end = keys[-1].at
    out = heard([*keys, key("enter", end + FAST), key("ctrl+j", end + 2 * FAST)])
    assert [type(each) for each in out] == [Burst]


def test_two_scans_without_a_pause_are_two_scans() -> None:
    first = [*strokes(ADA_CODE), key("enter", 0.1)]
    second = [*strokes(BEN_CODE, 0.101), key("enter", 0.2)]
    assert [each.text for each in heard(first + second) if isinstance(each, Burst)] == [ADA_CODE, BEN_CODE]


def test_what_a_person_types_comes_back_letter_by_letter() -> None:
    keys = [*strokes("ada love", gap=SLOW), key("enter", 8 * SLOW)]
    assert typed(heard(keys)) == [*"ada love", "enter"]


def test_a_slow_scanner_is_known_by_its_check_letters_and_says_what_leaked() -> None:
    keys = [*strokes(ADA_CODE, gap=0.06), key("enter", 24 * 0.06)]
    last = heard(keys)[-1]
    assert isinstance(last, Burst)
    assert (last.text, last.leaked) == (ADA_CODE, 24)


@pytest.mark.parametrize("torn_at", [4, 9, 20, 23])
def test_a_scan_torn_by_a_stalled_bus_is_put_together_again(torn_at: int) -> None:
    rest = strokes(ADA_CODE[torn_at:], 0.5)
    keys = [*strokes(ADA_CODE[:torn_at]), *rest, key("enter", rest[-1].at + FAST)]
    burst = heard(keys)[-1]
    assert isinstance(burst, Burst)
    assert (burst.text, burst.leaked) == (ADA_CODE, torn_at)


def test_a_torn_code_of_another_kind_is_put_together_too() -> None:
    keys = [*strokes("8480000"), *strokes("650672", 0.4), key("enter", 0.42)]
    burst = heard(keys)[-1]
    assert isinstance(burst, Burst)
    assert (burst.text, burst.leaked) == ("8480000650672", 7)


def test_a_scanner_without_a_suffix_is_answered_when_the_check_letters_hold() -> None:
    out = heard(strokes(ADA_CODE))
    assert [each.text for each in out if isinstance(each, Burst)] == [ADA_CODE]


def test_a_decoder_prefix_is_no_part_of_our_code() -> None:
    keys = strokes("]Q1" + ADA_CODE)
    burst = heard([*keys, key("enter", 0.1)])[-1]
    assert isinstance(burst, Burst)
    assert burst.text == ADA_CODE


@given(
    st.lists(st.sampled_from(["escape", "f5", "f7", "f10", "ctrl+q", "ctrl+p", "ctrl+z", "up", "mouse"]), max_size=9)
)
def test_control_sequences_inside_a_scan_never_come_back_as_keys(inside: list[str]) -> None:
    keys = strokes(ADA_CODE)
    mixed = [
        stroke
        for at, each in enumerate(keys)
        for stroke in (each, *([key(inside[at], each.at)] if at < len(inside) else []))
    ]
    out = heard([*mixed, key("enter", keys[-1].at + FAST)])
    assert [each.text for each in out if isinstance(each, Burst)] == [ADA_CODE]
    assert len(out) == 1


@pytest.mark.parametrize("name", ["f5", "f7", "f10", "ctrl+q", "ctrl+z"])
def test_a_code_of_control_sequences_alone_presses_nothing(name: str) -> None:
    assert heard([key(name, 0.0), key("enter", FAST)]) == []


@pytest.mark.parametrize("name", ["f5", "f12", "ctrl+z", "up", "escape", "enter"])
def test_a_key_on_its_own_is_a_key(name: str) -> None:
    assert typed(heard([key(name, 0.0)])) == [name]


def test_a_key_held_down_repeats() -> None:
    assert typed(heard([key("down", at * 0.03) for at in range(5)])) == ["down"] * 5


@pytest.mark.parametrize("gap", [0.001, 0.025, 0.033, 0.09])
def test_a_recording_key_held_down_is_one_press(gap: float) -> None:
    assert typed(heard([key("f7", at * gap) for at in range(20)])) == ["f7"]


def test_a_recording_key_pressed_again_on_purpose_is_two_presses() -> None:
    assert typed(heard([key("f7", 0.0), key("f7", 0.2)])) == ["f7", "f7"]


def test_keys_rolled_by_a_hand_stay_typing() -> None:
    assert typed(heard(strokes("the", gap=0.02))) == ["t", "h", "e"]


def test_a_jammed_key_does_not_fill_the_memory() -> None:
    out = heard([*strokes("A" * (LONGEST * 4)), key("enter", LONGEST * 4 * FAST)])
    assert all(len(each.text) <= LONGEST for each in out if isinstance(each, Burst))


@given(st.text(st.characters(whitelist_categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=30))
def test_slow_typing_loses_and_adds_nothing(text: str) -> None:
    assert typed(heard(strokes(text, gap=BURST_GAP_S * 3))) == list(text)


def test_letters_before_a_stall_while_the_store_data_is_opened_belong_to_the_scan() -> None:
    """A busy machine stands still for a moment: the first letters are too few to be known for a scan."""
    keys = [*strokes("29"), *strokes("90000104717", start=0.4)]
    given = [*keys, key("enter", keys[-1].at + FAST)]
    assert [each.text for each in heard(given) if isinstance(each, Burst)] == ["90000104717"]
    reader = KeyReader(is_own)
    reader.stalls = True
    out = [each for stroke in given for each in reader.feed(stroke)]
    assert [(each.text, each.leaked) for each in out if isinstance(each, Burst)] == [("2990000104717", 2)]
