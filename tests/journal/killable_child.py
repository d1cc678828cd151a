"""A counter that can be killed: a job for `tests.exchange.workers`, so that no kill waits for an interpreter."""

from __future__ import annotations

import os
from pathlib import Path

from clerk.clock import FixedClock
from clerk.journal import Journal, writer
from clerk.model import EventKind
from tests.exchange import worker_child


def recording(home: str, told: str) -> None:
    """Records until killed; each event is told only after it was acknowledged."""
    # Folding the log in often makes every kill meet one.
    writer.CHECKPOINT_EVENTS = 5
    file = os.open(told, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    with Journal.open(Path(home), FixedClock(1)) as journal:
        while True:
            payload = {"sku": "SKU", "answer": "took", "scope": "item", "visit_id": "v"}
            event = journal.append(EventKind.ANSWER, "m1", payload).result()
            # One unbuffered write a line: what stands there was acknowledged, whatever happens next.
            os.write(file, f"{event.event_id}\n".encode())


if __name__ == "__main__":
    worker_child.main({"recording": recording})
