"""Mistakes that a sync protocol is made with, each as a small change to the real program. The simulator must find all.

A green simulator proves little until these die (evidence: reliability 5.1). Each entry says what somebody might have
written, and `apply` writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, text

from clerk.exchange.between import event_bundle
from clerk.exchange.device import prune_journal, push
from clerk.exchange.device.push import Pushed
from clerk.exchange.office import archive, collect
from clerk.exchange.office.ledger import intake
from clerk.journal import Journal, acknowledged
from clerk.journal.acknowledged import Ack, Acks

Mutant = Callable[[pytest.MonkeyPatch], None]


def export_from_a_cursor(patch: pytest.MonkeyPatch) -> None:
    """The device remembers what it sent, and never sends it again."""
    real = push.push

    def cursor(home: Path, *values: Any, **named: Any) -> Pushed:
        pushed = real(home, *values, **named)
        with Journal.open(home, values[1]) as journal:
            sent = {one.epoch: Ack(one.last, journal.hash_at(one.epoch, one.last)) for one in journal.epochs()}
            (home / "cursor").write_bytes(
                acknowledged.to_bytes({journal.device: {e: (a, None) for e, a in sent.items()}})
            )
        return pushed

    def read(home: Path) -> Acks:
        cursor = home / "cursor"
        return acknowledged.from_bytes(cursor.read_bytes()) if cursor.exists() else {}

    patch.setattr(push, "push", cursor)
    patch.setattr(push, "acknowledged", _Like(acknowledged, read=read))


def forget_on_export(patch: pytest.MonkeyPatch) -> None:
    """What was sent is thought to have arrived, and leaves the device."""
    real = push.push

    def forgetful(home: Path, *values: Any, **named: Any) -> Pushed:
        pushed = real(home, *values, **named)
        with Journal.open(home, values[1]) as journal:
            for one in journal.epochs():
                journal.prune(one.epoch, one.last, 2**60)
        return pushed

    patch.setattr(push, "push", forgetful)


def known_by_number_alone(patch: pytest.MonkeyPatch) -> None:
    """The office takes a number it has for an event it has."""
    patch.setattr(intake, "_forked", lambda *_: None)


def no_signature_check(patch: pytest.MonkeyPatch) -> None:
    """Whoever can write to the location can speak for a device."""

    class Anybody:
        """A key under which every signature is right."""

        def verify(self, signature: bytes, data: bytes) -> None:
            return

    real: Callable[..., event_bundle.OpenedBundle] = event_bundle.open_bundle
    patch.setattr(collect, "open_bundle", lambda data, key, sealing: real(data, Anybody(), sealing))


def no_chain_check(patch: pytest.MonkeyPatch) -> None:
    """The office does not look whether a bundle follows what it has, only whether its own rows follow each other."""
    real = intake._forked

    def only_inside(connection: Connection, bundle: Any, seq: int, held: str) -> Any:
        return None if bundle.header.first == seq + 1 else real(connection, bundle, seq, held)

    patch.setattr(intake, "_forked", only_inside)


def forget_what_was_received(patch: pytest.MonkeyPatch) -> None:
    """A device forgets what the office has, though the office has it only once."""
    real = prune_journal.prune

    def early(journal: Journal, told: Acks, *values: Any) -> int:
        durable = {d: {e: (got, got) for e, (got, _) in epochs.items()} for d, epochs in told.items()}
        return real(journal, durable, *values)

    patch.setattr(prune_journal, "prune", early)


def acknowledge_the_highest(patch: pytest.MonkeyPatch) -> None:
    """The office acknowledges the highest number it has seen, whatever is missing below."""
    real = intake.take

    def with_gaps(connection: Connection, bundle: Any) -> Any:
        taken = real(connection, bundle)
        if taken.state != "waiting":
            return taken
        where = {**bundle.place, "seq": bundle.header.first - 1, "hash": bundle.header.prev_hash, "event_at": 0}
        moved = connection.execute(intake._MOVE_HEAD, where)
        if not moved.rowcount:
            connection.execute(intake._NEW_HEAD, where)
        return real(connection, bundle)

    patch.setattr(intake, "take", with_gaps)


def durable_over_gaps(patch: pytest.MonkeyPatch) -> None:
    """One bundle that was archived makes everything before it durable."""

    def highest(connection: Connection, device: str, epoch: str) -> int:
        where = {"device": device, "epoch": epoch}
        connection.execute(
            text(
                "UPDATE ledger_heads SET durable_seq = seq, durable_hash = hash"
                " WHERE device = :device AND epoch = :epoch"
            ),
            where,
        )
        return 0

    patch.setattr(intake, "move_durable", highest)


def durable_before_the_archive(patch: pytest.MonkeyPatch) -> None:
    """The mark comes before the copy."""
    real = collect._Run.keep

    def hasty(run: Any, bundle: archive.Bundle, data: bytes, key: Ed25519PublicKey) -> None:
        run.ledger.mark_durable(run.store, bundle.device, bundle.epoch, bundle.name)
        real(run, bundle, data, key)

    patch.setattr(collect._Run, "keep", hasty)


def never_burn(patch: pytest.MonkeyPatch) -> None:
    """A device does not compare histories."""
    patch.setattr(push, "burn_if_forked", lambda *_: None)


MUTANTS: tuple[Mutant, ...] = (
    export_from_a_cursor,
    forget_on_export,
    known_by_number_alone,
    no_signature_check,
    no_chain_check,
    forget_what_was_received,
    acknowledge_the_highest,
    never_burn,
    durable_over_gaps,
    durable_before_the_archive,
)
"""All of them; a mistake that is met in life is added here first."""


class _Like:
    """A module with other functions."""

    def __init__(self, module: Any, **other: Any) -> None:
        self._module = module
        self._other = other

    def __getattr__(self, name: str) -> Any:
        return self._other[name] if name in self._other else getattr(self._module, name)
