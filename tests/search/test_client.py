"""The search process: real ones are started, killed and hung; the caller never waits."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clerk.model import Items
from clerk.pack.open import current_generation
from clerk.search.process import client as client_module
from clerk.search.process.client import SearchClient

PATIENCE_S = 60.0


class Answers:
    """Collects what is delivered, from whatever thread."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Items]] = []
        self._news = threading.Condition()

    def __call__(self, text: str, items: Items) -> None:
        with self._news:
            self.got.append((text, items))
            self._news.notify_all()

    def wait(self, count: int) -> bool:
        with self._news:
            return self._news.wait_for(lambda: len(self.got) >= count, timeout=PATIENCE_S)


@pytest.fixture
def started() -> Iterator[Callable[..., SearchClient]]:
    """Makes clients and closes them."""
    clients: list[SearchClient] = []

    def start(home: Path, generation: str, **rest: object) -> SearchClient:
        clients.append(SearchClient(home, generation, **rest))  # type: ignore[arg-type]
        return clients[-1]

    yield start
    for each in clients:
        each.close()


def scripted(body: str) -> list[str]:
    """A process that speaks the protocol and does what a test needs."""
    head = "import json, sys, time, os\ndef say(**x): print(json.dumps(x), flush=True)\n"
    return [sys.executable, "-c", head + body]


READY = "say(ready=True, meaning=True, model_id='m', problem=None)\n"
EMPTY = "{'hits': [], 'total': 0, 'meaning': True, 'understood': [], 'remark': ''}"


def test_an_answer_comes_with_whole_items(home: Path, started: Callable[..., SearchClient]) -> None:
    generation = current_generation(home)
    client, answers = started(home, generation), Answers()
    assert client.state == "starting"
    client.ask("oat milk", 3, answers)
    assert answers.wait(1)
    text, items = answers.got[0]
    assert (text, items.meaning, items.hits[0].item.sku) == ("oat milk", True, "A1")
    assert items.hits[0].item.on_hand == 3
    assert client.state == "ready"


def test_a_killed_process_is_started_again_by_the_next_question(
    home: Path, started: Callable[..., SearchClient]
) -> None:
    client, answers = started(home, current_generation(home)), Answers()
    client.ask("latte", 3, answers)
    assert answers.wait(1)
    process = client._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    client.ask("cake", 3, answers)
    assert answers.wait(2)
    assert answers.got[1][1].hits[0].item.sku == "E1"
    assert client._process is not None
    assert client._process.pid != process.pid


def test_only_the_newest_question_is_answered(tmp_path: Path, started: Callable[..., SearchClient]) -> None:
    """The first is being answered while three more are typed: only the last is sent, the first is stale."""
    gate = tmp_path / "gate"
    body = READY + (
        f"for line in sys.stdin:\n"
        f"    q = json.loads(line)\n"
        f"    open({str(tmp_path / 'asked')!r}, 'a').write(q['text'] + '\\n')\n"
        f"    while q['text'] == 'a' and not os.path.exists({str(gate)!r}): time.sleep(0.01)\n"
        f"    say(id=q['id'], items={EMPTY})\n"
    )
    client, answers = started(tmp_path, "none", command=scripted(body)), Answers()
    client.ask("a", 1, answers)
    wait_for(lambda: (tmp_path / "asked").exists())
    for text in ("ab", "abc", "abcd"):
        client.ask(text, 1, answers)
    gate.touch()
    assert answers.wait(1)
    assert [text for text, _ in answers.got] == ["abcd"]
    assert (tmp_path / "asked").read_text().split() == ["a", "abcd"]


def test_asking_returns_while_the_process_hangs_and_closing_ends_it(
    tmp_path: Path, started: Callable[..., SearchClient]
) -> None:
    """The process never says a word; a caller that waited for it would never come to the end of this test."""
    client, answers = started(tmp_path, "none", command=scripted("time.sleep(3600)\n")), Answers()
    for number in range(100):
        client.ask(str(number), 1, answers)
    wait_for(lambda: client._process is not None)
    process = client._process
    assert process is not None
    client.close()
    assert process.wait(PATIENCE_S) != 0
    assert answers.got == []
    assert client.state == "words only"


def test_a_hung_process_is_replaced(
    tmp_path: Path, started: Callable[..., SearchClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "ANSWER_S", 0.2)
    first = tmp_path / "first"
    body = READY + (
        f"for line in sys.stdin:\n"
        f"    q = json.loads(line)\n"
        f"    if not os.path.exists({str(first)!r}): open({str(first)!r}, 'w'); time.sleep(3600)\n"
        f"    say(id=q['id'], items={EMPTY})\n"
    )
    client, answers = started(tmp_path, "none", command=scripted(body)), Answers()
    client.ask("tea", 1, answers)
    assert answers.wait(1)


@pytest.mark.parametrize(
    "body",
    ["sys.exit(1)\n", "print('hello')\n", READY + "sys.stdin.readline(); print('[1, 2', flush=True)\n",
     READY + "sys.stdin.readline(); say(id=99, items={})\n"],
)  # fmt: skip
def test_after_dying_again_and_again_the_words_go_on_alone(
    tmp_path: Path, started: Callable[..., SearchClient], body: str
) -> None:
    client, answers = started(tmp_path, "none", command=scripted(body)), Answers()

    def ask_and_look() -> bool:
        client.ask("tea", 1, answers)
        return client.state == "words only"

    wait_for(ask_and_look)
    assert answers.got == []
    assert client.problem is not None
    assert client.problem.remedy


def test_a_pack_that_cannot_be_searched_says_why(
    home: Path, tmp_path: Path, started: Callable[..., SearchClient]
) -> None:
    client, answers = started(home, "no-such-generation"), Answers()
    client.ask("tea", 1, answers)
    wait_for(lambda: client.state == "words only")
    assert client.problem is not None
    assert "no-such-generation" in client.problem.what


def test_an_encoder_that_is_damaged_leaves_words_only(home: Path, started: Callable[..., SearchClient]) -> None:
    generation = current_generation(home)
    assert generation is not None
    model = home / "packs" / generation / "encoder" / "model.onnx"
    model.write_bytes(model.read_bytes()[:-1] + b"!")
    client, answers = started(home, generation), Answers()
    client.ask("milk", 5, answers)
    assert answers.wait(1)
    assert answers.got[0][1].meaning is False
    assert client.state == "words only"


def test_the_process_ends_when_the_counter_is_gone(home: Path, started: Callable[..., SearchClient]) -> None:
    client = started(home, current_generation(home))
    answers = Answers()
    client.ask("milk", 5, answers)
    assert answers.wait(1)
    process = client._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(PATIENCE_S) == 0


def test_a_closed_client_takes_questions_and_answers_none(tmp_path: Path) -> None:
    client, answers = SearchClient(tmp_path, "none", command=scripted("")), Answers()
    client.close()
    client.ask("tea", 1, answers)
    assert client._thread is None
    assert answers.got == []


def wait_for(true: Callable[[], bool]) -> None:
    """Look again and again, without a fixed pause, until it is true."""
    pause, deadline = threading.Event(), PATIENCE_S
    while not true():
        pause.wait(0.01)
        deadline -= 0.01
        assert deadline > 0, "waited too long"
