"""`clerk cards test`: the scanner set-up page; without a terminal, one verdict a line of stdin."""

from __future__ import annotations

import argparse
import sys

from clerk import report
from clerk.cards.code import grouped
from clerk.cards.qr import terminal_rows
from clerk.cards.scanner_check import TEST_CODE, judge
from clerk.report import Exit


def run(options: argparse.Namespace) -> Exit:
    """Runs the page; OK when the last scan was fine, nothing found otherwise."""
    if sys.stdin.isatty() and sys.stdout.isatty() and not options.json:
        from clerk.ui.counter.scanner import open_page

        fine = open_page(terminal_rows(TEST_CODE), grouped(TEST_CODE), _judged)
        return Exit.OK if fine else Exit.NOTHING_FOUND
    verdicts = []
    for line in sys.stdin.read(100_000).splitlines(keepends=True):
        text = line.rstrip("\r\n")
        suffix = "tab" if text.endswith("\t") else "enter" if line != text else ""
        verdicts.append(judge(text.removesuffix("\t"), suffix))
    document = {
        "card": TEST_CODE,
        "scans": [
            {"finding": one.finding, "fine": one.is_fine, "says": one.says, "remedy": one.remedy} for one in verdicts
        ],
    }
    lines = [f"{'ok ' if one.is_fine else 'NO '} {one.finding}: {one.says} {one.remedy}" for one in verdicts]
    if not verdicts:
        lines = [*terminal_rows(TEST_CODE), "", grouped(TEST_CODE), "Scan this card into the command's input."]
    report.data(document, as_json=options.json, text="\n".join(lines))
    return Exit.OK if verdicts and verdicts[-1].is_fine else Exit.NOTHING_FOUND


def _judged(arrived: str, suffix: str, gaps_ms: list[float]) -> tuple[bool, str, str]:
    """Fine or not, what it is, and what to do."""
    verdict = judge(arrived, suffix, gaps_ms)
    return verdict.is_fine, verdict.says, verdict.remedy
