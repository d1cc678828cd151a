"""A counter in a process of its own, for tests that kill it: appends, and prints a line for each acknowledgement.

`python child.py HOME MEMBER COUNT [DRIVER] [SESSIONS]`: COUNT 0 goes on until killed.
"""

from __future__ import annotations

import importlib
import itertools
import os
import sys
from pathlib import Path

from clerk.clock import FixedClock
from clerk.journal import Journal, writer
from clerk.model import EventKind


def main() -> None:
    """Appends one event after the other, each acknowledged before the next."""
    home, member_id, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    module = importlib.import_module(sys.argv[4]) if len(sys.argv) > 4 else None
    sessions = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    # Folding the log in often makes every kill meet one.
    writer.CHECKPOINT_EVENTS = 5
    for session in range(sessions):
        with Journal.open(home, FixedClock(1), module=module) as journal:
            for number in itertools.count() if count == 0 else range(count):
                payload = {"sku": f"SKU-{session}-{number}", "answer": "took", "scope": "item", "visit_id": "v"}
                event = journal.append(EventKind.ANSWER, member_id, payload).result()
                # One unbuffered write a line: what was printed was acknowledged, whatever happens next.
                os.write(1, f"{event.event_id}\n".encode())


if __name__ == "__main__":
    main()
