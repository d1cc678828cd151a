"""The counter on this terminal with the fake desk: `python -m tests.ui.try_counter [delay of the desk in s]`."""

from __future__ import annotations

import sys
import time

from clerk.ui.counter.launch import open_counter
from tests.ui.fake_desk import FakeDesk


def main() -> None:
    delay = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0

    def open_desk() -> FakeDesk:
        time.sleep(delay)
        return FakeDesk()

    open_counter(open_desk)


if __name__ == "__main__":
    main()
