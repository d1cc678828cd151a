"""`clerk build`: canonical tables to an installed pack, with progress and a report a manager understands."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

from clerk import report
from clerk.clock import to_datetime
from clerk.commands.encoder import builder_encoder
from clerk.commands.opening import chosen_clock
from clerk.errors import SourceMissing
from clerk.intake.report import BuildReport, Progress
from clerk.pack_build.build import build
from clerk.pack_build.learn.process import learn_apart
from clerk.report import Exit, ProgressBar


def run(options: argparse.Namespace) -> Exit:
    clock = chosen_clock(options)
    today = to_datetime(clock.now()).date()
    bar = ProgressBar(quiet=options.json)
    made = build_shop(
        options.home,
        source=options.source,
        shop=options.shop,
        today=today,
        now=clock.now,
        meaning=not options.no_meaning,
        dry_run=options.dry_run,
        progress=lambda step: bar(step.stage, step.done, step.total),
    )
    report.data(made, as_json=options.json, text=made.text())
    return Exit.OK


def build_shop(
    home: Path,
    *,
    source: Path | None,
    shop: str | None,
    today: date,
    now: Callable[[], int],
    meaning: bool,
    dry_run: bool,
    progress: Callable[[Progress], None],
) -> BuildReport:
    """Builds and installs a pack from a folder, or from one of the built-in shops.

    Raises:
        SourceMissing: there is no such folder.

    Effect: writes below `home`; with `dry_run` checks everything and installs nothing.
    """
    # Looked for here too: nobody waits for an encoder to learn that a path is wrong.
    if source is not None and not source.is_dir():
        raise SourceMissing(f"There is no folder {source.name}.", "Name the folder with the store's tables.")
    encoder = partial(builder_encoder, home) if meaning and not dry_run else None
    if source is not None:
        return build(source, home, now=now, encoder=encoder, progress=progress, dry_run=dry_run, learn=learn_apart)
    with tempfile.TemporaryDirectory(prefix="clerk-build-") as scratch:
        folder = Path(scratch)
        progress(Progress(f"writing the {shop} tables", 0, 0))
        if shop == "complete-journey":
            from clerk.demo.complete_journey import write_complete_journey

            write_complete_journey(folder)
        else:
            from clerk.demo.sample_store import write_sample_store

            write_sample_store(folder, today, until=to_datetime(now()))
        return build(folder, home, now=now, encoder=encoder, progress=progress, dry_run=dry_run, learn=learn_apart)
