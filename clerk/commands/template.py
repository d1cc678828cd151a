"""`clerk template DIR`: an empty canonical folder to fill in, with an example that builds."""

from __future__ import annotations

import argparse

from clerk import report
from clerk.errors import SourceMissing
from clerk.intake.template import write_template
from clerk.report import Exit


def run(options: argparse.Namespace) -> Exit:
    """Runs the command.

    Raises:
        SourceMissing: the path is a file.
    """
    if options.folder.exists() and not options.folder.is_dir():
        raise SourceMissing(f"{options.folder.name} is a file.", "Name a folder; it is made when it is not there.")
    made = write_template(options.folder, dry_run=options.dry_run)
    report.data(made, as_json=options.json, text=made.text())
    return Exit.OK
