"""The twelve rules of the product, each with its tests: this is their list, `tests/promises` proves them.

A rule's tests carry its name. They go the real way: tables of a small shop, the night's build, the desk, the journal;
and they assert what a person sees. `pytest tests/promises` runs them alone.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

RULES: dict[str, tuple[str, str]] = {
    "Relevance or silence": ("test_relevance", "test_relevance_"),
    "Velvet rope": ("test_trust", "test_velvet_rope_"),
    "No means no; ignored means ignored": ("test_noes", "test_no_means_no_|test_ignored_|test_not_now_"),
    "Satisfied needs go quiet": ("test_noes", "test_satisfied_"),
    "One swallow is not a summer": ("test_noes", "test_one_swallow_"),
    "Never the item itself": ("test_relevance", "test_never_the_item_itself_"),
    "Only what is here": ("test_relevance", "test_only_what_is_here_"),
    "The usual": ("test_usual", "test_the_usual_"),
    "A long-term scorecard": ("test_ahead", "test_scorecard_"),
    "A discovery budget": ("test_trust", "test_discovery_"),
    "Permission and plain reasons": ("test_trust", "test_permission_"),
    "Anticipate, never act": ("test_ahead", "test_anticipate_"),
}
"""Rule -> where its tests are, and how their names begin."""

FOLDER = Path(__file__).parent / "promises"


def named_in(module: str) -> list[str]:
    """Names of the tests of a module."""
    tree = ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_proven_under_its_own_name(rule: str) -> None:
    module, beginnings = RULES[rule]
    own = [name for name in named_in(module) if name.startswith(tuple(beginnings.split("|")))]
    assert len(own) >= 3
    assert rule in (ast.get_docstring(ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))) or "")


def test_there_are_twelve_rules_and_every_test_belongs_to_one() -> None:
    assert len(RULES) == 12
    known: Counter[str] = Counter()
    for module, beginnings in RULES.values():
        for name in named_in(module):
            known[name] += name.startswith(tuple(beginnings.split("|")))
    assert [name for name, times in known.items() if times != 1] == []
