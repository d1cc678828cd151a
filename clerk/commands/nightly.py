"""`clerk nightly`: the whole night of this machine by its role, with progress and a report a manager understands."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from clerk import report
from clerk.commands.encoder import builder_encoder
from clerk.commands.opening import chosen_clock
from clerk.errors import SourceMissing
from clerk.intake.files.inbox import INBOX
from clerk.nights.by_role import night
from clerk.nights.local import Means
from clerk.nights.report import NightReport, verdict_of
from clerk.pack.open import current_generation
from clerk.pack_build.learn.process import learn_apart
from clerk.report import Exit, ProgressBar
from clerk.settings import load


def run(options: argparse.Namespace) -> Exit:
    _something_to_begin_with(options.home, options.inbox)
    bar = ProgressBar(quiet=options.json or options.quiet)
    means = Means(
        clock=chosen_clock(options),
        encoder=(lambda _: None) if options.no_meaning else partial(builder_encoder, options.home),
        meaning=not options.no_meaning,
        learn=learn_apart,
        progress=lambda step: bar(step.stage, step.done, step.total, step.unit),
        everything=options.now,
        dry_run=options.dry_run,
        events_are_lost=options.events_are_lost,
    )
    told = night(options.home, means, inbox=options.inbox)
    bar.close()
    ended = exit_of(told)
    if options.quiet and ended and not options.json:
        # A timer that lets stdout go away, as cron is told to, sends this to whoever reads its mail.
        for line in told.text().splitlines():
            report.say(line)
    else:
        report.data(told.as_json(), as_json=options.json, text=told.text())
    return ended


def exit_of(told: NightReport) -> Exit:
    """0 where all is well, 3 where store data failed, 4 where the exchange did, 5 where it needs a person."""
    verdict = verdict_of(told)
    if verdict.broken:
        return Exit.EXCHANGE if verdict.broken.startswith("E3") else Exit.STORE_DATA
    return Exit.NEEDS_A_PERSON if verdict.needs_a_person else Exit.OK


def _something_to_begin_with(home: Path, inbox: Path | None) -> None:
    """Explains what to do when a data folder is still empty, instead of running a night of nothing.

    Raises:
        SourceMissing: there is nothing to take in, and never was.
    """
    if inbox is not None:
        if not inbox.is_dir():
            raise SourceMissing(f"There is no folder {inbox.name}.", "Name the folder that the exports arrive in.")
        return
    nothing_yet = not (home / INBOX).is_dir() and current_generation(home) is None
    if nothing_yet and load(home).exchange.role == "alone":
        raise SourceMissing(
            f"There is no inbox in {home}.",
            "Make the folder inbox there and put the shop's exports into it, or name one with --inbox; "
            "`clerk template` writes empty tables to fill in.",
        )
