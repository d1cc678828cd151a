"""`clerk build`: a folder that holds the whole shop goes into the history store, and a pack is made of it.

So nights add to what was built: they would otherwise know nothing of it, and replace it by what came in since.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from clerk.clock import to_datetime
from clerk.history.index import FOLDER, MADE_UP
from clerk.history.leave_out import ErasureRules
from clerk.history.store import Arrived, HistoryStore
from clerk.intake.checks.tables import Checked
from clerk.intake.report import BuildReport
from clerk.nights.local import Means, alone, pack_facts
from clerk.pack_build.build import build


def build_whole_shop(home: Path, folder: Path, means: Means, *, made_up: bool) -> BuildReport:
    """Builds and installs a pack from a folder of canonical tables.

    What an earlier build took in is replaced. What nights took in stays, and the folder is added to it like one more
    night's files.

    Args:
        home: the data folder.
        folder: the tables.
        means: clock, encoder, models, progress.
        made_up: whether it is one of the built-in shops, which the first files of a real shop replace.

    Raises:
        StoreLocked: a night is running.
        ClerkError: as `clerk.pack_build.build.build`.

    Effect: as `build`; also writes the history store.
    """
    if means.dry_run:
        return build(folder, home, clock=means.clock, progress=means.progress, dry_run=True)
    report = BuildReport(source=folder.name)

    def keep(
        checked: Checked, columns: Mapping[str, frozenset[str]], rules: ErasureRules
    ) -> tuple[Checked, Mapping[str, str]]:
        history = HistoryStore.open(home, means.disk)
        if history.index.begun_by or history.empty:
            history.begin_anew(by=MADE_UP if made_up else FOLDER)
        else:
            report.fallbacks.append("added to what nights took in before")
        now = means.clock.now()
        night = f"{to_datetime(now):%Y%m%dT%H%M%S}"
        digest = sha256(f"build {night} {folder.name}".encode()).hexdigest()
        store = checked.store
        report.fallbacks.extend(
            history.take(checked, Arrived(folder.name, digest, columns), night, building=True).conflicts
        )
        history.set_store(store)
        history.commit()
        return history.checked(), pack_facts(history, rules)

    with alone(home, dry_run=False):
        return build(
            folder, home, clock=means.clock, encoder=means.encoder, progress=means.progress, learn=means.learn,
            report=report, keep=keep,
        )  # fmt: skip
