"""What is typed at a tablet reaches the counter, whatever came before it."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events
from textual.drivers.web_driver import WebDriver
from textual.message import Message

from clerk.serve.web_driver import TabletDriver, typed
from clerk.ui.input.terminal import PASTE_S, CalmParser


def packet(text: bytes, kind: bytes = b"D") -> bytes:
    """As the server sends it."""
    return kind + len(text).to_bytes(4, "big") + text


class Pipe:
    """What arrives, one read after another; `WAIT` is a second and more without any."""

    WAIT = b"wait"

    def __init__(self, *reads: bytes) -> None:
        self._reads, self._now = reads, 0.0
        self.others: list[tuple[str, bytes]] = []

    def __iter__(self) -> Iterator[bytes]:
        for read in self._reads:
            if read == self.WAIT:
                self._now += PASTE_S * 2
            else:
                yield read
            yield b""

    def messages(self) -> list[Message]:
        parser = CalmParser(now=lambda: self._now)
        return list(typed(self, parser, lambda kind, payload: self.others.append((kind, payload))))


def letters(messages: list[Message]) -> str:
    return "".join(one.character or "" for one in messages if isinstance(one, events.Key))


def test_a_paste_that_never_ends_holds_up_no_scan() -> None:
    found = Pipe(packet(b"\x1b[200~NEVER ENDS"), Pipe.WAIT, packet(b"BCDF\r")).messages()
    assert letters(found) == "BCDF\r"


def test_bytes_that_are_no_letters_and_empty_packets_end_nothing() -> None:
    found = Pipe(packet(b"\xff"), packet(b""), packet("é".encode()[:1]), packet("é".encode()[1:] + b"x")).messages()
    assert letters(found) == "�éx"


def test_a_size_comes_from_the_server_and_is_not_typed() -> None:
    pipe = Pipe(packet(b"\x1b[48;1;1;1;1t"), packet(b"{}", b"M"))
    assert not [one for one in pipe.messages() if isinstance(one, events.Resize)]
    assert pipe.others == [("M", b"{}")]


def test_the_driver_of_tablets_reads_so() -> None:
    assert TabletDriver.run_input_thread is not WebDriver.run_input_thread
    assert "typed" in TabletDriver.run_input_thread.__code__.co_names
