"""A counter of its own kind, for tests of the server: speaks Textual's packets, draws back whatever is typed.

`whose` draws who was handed over and what the process can see of it; `stubborn` makes it ignore every request to end;
`flood` draws without end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from clerk.serve.handover import VARIABLE, taken_over


def draw(text: str) -> None:
    data = text.encode()
    os.write(1, b"D" + len(data).to_bytes(4, "big") + data)


def main() -> None:
    sys.stdout.write("a line before\n")
    sys.stdout.flush()
    os.write(1, b"__GANGLION__\n")
    told = os.environ.get(VARIABLE, "")
    signed = taken_over()
    Path(sys.argv[1], f"{os.getpid()}.pid").write_text(told)
    draw(f"ready {os.environ['COLUMNS']}x{os.environ['ROWS']}")
    stubborn = False
    while True:
        head = sys.stdin.buffer.read(5)
        if len(head) < 5:
            if stubborn:
                signal.pause()
            return
        packet = sys.stdin.buffer.read(int.from_bytes(head[1:], "big"))
        if head[:1] == b"M":
            meta = json.loads(packet)
            if meta["type"] == "quit" and not stubborn:
                return
            draw(json.dumps(meta, sort_keys=True))
        elif packet == b"whose":
            whole = " ".join([*sys.argv, *(f"{name}={value}" for name, value in os.environ.items())])
            seen = signed is not None and signed.name in whole
            draw(f"{signed} {'seen' if seen else 'unseen'}")
        elif packet == b"stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            stubborn = True
            draw("stubborn")
        elif packet == b"flood":
            while True:
                draw("x" * 65_536)
        elif packet == b"close":
            os.write(1, b'M\x00\x00\x00\x10{"type": "exit"}')
        else:
            draw(packet.decode())


if __name__ == "__main__":
    main()
