"""The reference is the one made from the code, and says something about everything it names."""

from __future__ import annotations

import argparse
from collections import Counter

from clerk.report import Exit
from docs import make_reference
from docs.make_reference import attribute_docs, commands, error_kinds


def test_the_reference_is_the_one_made_from_the_code() -> None:
    """`make docs` makes it anew."""
    assert make_reference.PAGE.read_text(encoding="utf-8") == make_reference.page()


def test_every_command_and_every_argument_has_help() -> None:
    assert not [name for name, made in commands().items() if not made.description]
    assert not [
        (name, action.dest)
        for name, made in commands().items()
        for action in made._actions
        if not action.help or action.help == argparse.SUPPRESS
    ]


def test_error_codes_are_unique_and_every_exit_code_has_a_meaning() -> None:
    assert not [code for code, times in Counter(kind.code for kind in error_kinds()).items() if times > 1]
    assert set(attribute_docs(Exit)) == {code.name for code in Exit}


def test_every_error_says_what_to_do() -> None:
    """Read from the calls in the code: a remedy that is put together in another way would be missing here."""
    messages = make_reference.messages_by_kind()
    said = [kind for kind in error_kinds() if not kind.__subclasses__()]
    assert not [kind.code for kind in said if not messages[kind.__name__]]
