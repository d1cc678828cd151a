"""No page points to a file, a heading, a make target or a test that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, PROJECT, prose

FOLDERS = ("clerk", "embeddings", "tests", "benchmarks", "store_data", "docs")

INVENTED = "quill"
"""In the names of files that a worked example asks its reader to write."""


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, made as code hosts make them."""
    found: dict[str, int] = {}
    names = set()
    for heading in re.findall(r"^#+ +(.*?) *#*$", prose(page), re.MULTILINE):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        count = found.get(name, 0)
        found[name] = count + 1
        names.add(f"{name}-{count}" if count else name)
    return names | set(re.findall(r'<a (?:id|name)="([^"]+)"', page))


def links(page: str) -> list[str]:
    """Where a page's links and pictures lead, those to other machines left out."""
    text = re.sub(r"`[^`\n]*`", "", prose(page))
    found = re.findall(r"\]\(<?([^)\s>]+)>?[^)]*\)", text) + re.findall(r'(?:src|srcset|href)="([^"]+)"', text)
    found += re.findall(r"^\[[^\]]+\]: +(\S+)", text, re.MULTILINE)
    return [link for link in found if not re.match(r"[a-z]+:", link)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading_that_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not [link for link in links(text) if not leads_somewhere(page, link)]


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    if not target.exists() or not target.resolve().is_relative_to(PROJECT):
        return False
    return not anchor or (target.suffix == ".md" and anchor in anchors(target.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_module_and_make_target_named_on_a_page_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^\$ )make ([a-z-]+)", text, re.MULTILINE)) <= targets
    files = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w/.-]+)`", text)
    assert not [name for name in files if not (PROJECT / name).exists() and INVENTED not in name]
    modules = re.findall(rf"`(?:python -m )?((?:{'|'.join(FOLDERS)})(?:\.\w+)+)[` ]", text)
    assert not [name for name in modules if not is_module(name)]


def is_module(name: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        path = PROJECT.joinpath(*parts[:length])
        if path.is_dir() or path.with_suffix(".py").exists():
            rest = parts[length:]
            return not rest or (len(rest) == 1 and not path.is_dir() and rest[0] in path.with_suffix(".py").read_text())
    return False


# ---- the machinery itself


def test_a_link_to_nowhere_is_found(tmp_path: Path) -> None:
    page = PROJECT / "docs" / "reference.md"
    assert leads_somewhere(page, "#clerk-why")
    assert leads_somewhere(page, "../README.md")
    assert leads_somewhere(page, "../README.md#clerk")
    assert not leads_somewhere(page, "#clerk-whyever")
    assert not leads_somewhere(page, "README.md")
    assert not leads_somewhere(page, "../../etc/passwd")


def test_headings_become_anchors_as_code_hosts_make_them() -> None:
    page = "# Who's here?\n## `clerk why`\n## A & B\n## Twice\n## Twice\n```\n# no heading\n```\n"
    assert anchors(page) == {"whos-here", "clerk-why", "a--b", "twice", "twice-1"}


def test_links_are_found_in_every_form_and_not_in_code() -> None:
    page = (
        '[a](b.md#c) ![p](pictures/p.svg "P") `[no](x.md)` <img src="q.png"> [w](https://x.example)\n\n[r]: s.md\n'
        "```\n[no](y.md)\n```\n"
    )
    assert links(page) == ["b.md#c", "pictures/p.svg", "q.png", "s.md"]


def test_a_module_and_something_in_it_are_known() -> None:
    assert is_module("docs.make_reference")
    assert is_module("clerk.ui.input.actions.ACTIONS")
    assert not is_module("docs.make_nothing")
