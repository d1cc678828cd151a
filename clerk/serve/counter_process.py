"""One counter process for one tablet: started after the sign-in, spoken to in Textual's packets, never left over."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import NamedTuple

from clerk.model.staff import Signed
from clerk.serve import web_driver
from clerk.serve.handover import VARIABLE, hand_over

PATIENCE_S = 3.0
"""How long a counter may take to close: it waits for the disk at most."""

LARGEST = 4 << 20
"""Bytes of one packet; a whole glass has some 100,000."""

_START = b"__GANGLION__\n"
"""The line after which Textual speaks in packets."""

_BEFORE_START = 20
"""Lines that may come before it."""


class Size(NamedTuple):
    """Size of a tablet's screen in terminal cells."""

    width: int
    height: int

    @classmethod
    def of(cls, width: object, height: object) -> Size:
        """The requested size, limited to what a screen can have."""
        return cls(_between(width, 20, 400, 80), _between(height, 10, 200, 24))


class Child:
    """The process.

    Args:
        command: the command line, without any name on it.
        signed: who signed in at the tablet.
    """

    def __init__(self, command: Sequence[str], signed: Signed) -> None:
        self._command = tuple(command)
        self._signed = signed
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Of the process; 0 before it runs."""
        return self._process.pid if self._process else 0

    async def start(self, size: Size) -> None:
        """Starts it.

        Raises:
            OSError: the system has no room for one more.
        """
        pipe = hand_over(self._signed)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=_environment(size, pipe),
                pass_fds=(pipe,),
                start_new_session=True,
            )
        finally:
            os.close(pipe)

    async def drawn(self) -> AsyncIterator[bytes]:
        """Output of the counter for the tablet's screen, until the counter closes."""
        assert self._process is not None
        out = self._process.stdout
        assert out is not None
        for _ in range(_BEFORE_START):
            line = await out.readline()
            if not line or line == _START:
                break
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionResetError):
            while True:
                head = await out.readexactly(5)
                length = int.from_bytes(head[1:], "big")
                if length > LARGEST:
                    return
                packet = await out.readexactly(length)
                if head[:1] == b"D":
                    yield packet
                elif head[:1] == b"M" and json.loads(packet).get("type") == "exit":
                    return

    async def typed(self, text: str) -> None:
        """Keys and taps of the tablet."""
        await self._send(b"D", text.encode("utf-8", "replace"))

    async def resized(self, size: Size) -> None:
        """The tablet was turned, or its keyboard came up."""
        await self._send(b"M", json.dumps({"type": "resize", "width": size.width, "height": size.height}).encode())

    async def end(self) -> None:
        """Asks it to close, waits, then makes it. Its helpers go with it."""
        process = self._process
        if process is None:
            return
        await self._send(b"M", b'{"type": "quit"}')
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        emptied = asyncio.create_task(_emptied(process.stdout))
        try:
            await asyncio.wait_for(process.wait(), PATIENCE_S)
        except TimeoutError:
            _signal_group(process.pid, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), PATIENCE_S)
        finally:
            _signal_group(process.pid, signal.SIGKILL)
            emptied.cancel()
        await process.wait()

    async def _send(self, kind: bytes, payload: bytes) -> None:
        process = self._process
        if process is None or process.stdin is None or process.stdin.is_closing():
            return
        with contextlib.suppress(ConnectionError, RuntimeError):
            process.stdin.write(kind + len(payload).to_bytes(4, "big") + payload)
            await asyncio.wait_for(process.stdin.drain(), PATIENCE_S)


def command(home: Path, at: str = "") -> tuple[str, ...]:
    """`clerk open` of the same Python on the same data folder."""
    fixed = ("--at", at) if at else ()
    return (sys.executable, "-m", "clerk", "open", "--home", str(home.resolve()), *fixed)


def _environment(size: Size, pipe: int) -> dict[str, str]:
    return {
        **os.environ,
        "TEXTUAL_DRIVER": web_driver.NAME,
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "COLUMNS": str(size.width),
        "ROWS": str(size.height),
        VARIABLE: str(pipe),
    }


async def _emptied(out: asyncio.StreamReader) -> None:
    """Takes what is still drawn, so that a full pipe does not keep the process."""
    while await out.read(65_536):
        pass


def _signal_group(pid: int, number: signal.Signals) -> None:
    """Also to whatever it started: it leads a group of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _between(value: object, low: int, high: int, default: int) -> int:
    try:
        return min(max(int(str(value)), low), high)
    except ValueError:
        return default
