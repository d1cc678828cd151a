"""`clerk build`: canonical tables to an installed pack, with progress and a report a manager understands."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

from clerk import report
from clerk.clock import Clock, to_datetime
from clerk.commands.encoder import builder_encoder
from clerk.commands.opening import chosen_clock
from clerk.errors import SourceMissing
from clerk.intake.report import BuildReport, Progress
from clerk.nights.local import Means
from clerk.nights.whole_shop import build_whole_shop
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
        clock=clock,
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
    clock: Clock,
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
    means = Means(
        clock, partial(builder_encoder, home) if meaning else lambda _: None, learn=learn_apart, progress=progress,
        dry_run=dry_run,
    )  # fmt: skip
    if source is not None:
        return build_whole_shop(home, source, means, made_up=False)
    with tempfile.TemporaryDirectory(prefix="clerk-build-") as scratch:
        folder = Path(scratch)
        progress(Progress(f"writing the {shop} tables", 0, 0))
        if shop == "complete-journey":
            from clerk.demo.complete_journey import write_complete_journey

            write_complete_journey(folder)
        else:
            from clerk.demo.sample_store import write_sample_store

            write_sample_store(folder, today, until=to_datetime(clock.now()))
        return build_whole_shop(home, folder, means, made_up=True)
