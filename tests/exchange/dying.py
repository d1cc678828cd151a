"""Places and ledgers at which a program dies, for the simulator: before or after any step that changes something."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clerk.errors import LocationUnreachable
from clerk.exchange.between.locations import Location
from clerk.exchange.office.ledger.ledger import Ledger


class Died(BaseException):
    """The program ended here: no handler of an error may see it."""


@dataclass
class Dying:
    """Lets the program die at the nth step that changes something outside; 0 never."""

    at: int = 0

    def step(self) -> None:
        """One step is about to be, or was just, done."""
        if self.at:
            self.at -= 1
            if not self.at:
                raise Died


class DyingPlace(Location):
    """A place at which the program may die before or after each change."""

    def __init__(self, folder: Path, dying: Dying) -> None:
        super().__init__(folder)
        self._dying = dying
        self.unreachable = False

    def durable_put(self, name: str, data: bytes | Path) -> None:
        if self.unreachable:
            raise LocationUnreachable("The place is not there.", "Plug it in.")
        self._dying.step()
        super().durable_put(name, data)
        self._dying.step()

    def remove(self, name: str) -> None:
        self._dying.step()
        super().remove(name)
        self._dying.step()


class DyingLedger(Ledger):
    """A ledger at which the program may die before or after each change."""

    dying: Dying

    def take(self, *values: object, **named: object) -> object:  # type: ignore[override]
        self.dying.step()
        taken = super().take(*values, **named)  # type: ignore[arg-type]
        self.dying.step()
        return taken

    def mark_durable(self, *values: object, **named: object) -> int:
        self.dying.step()
        reached = super().mark_durable(*values, **named)  # type: ignore[arg-type]
        self.dying.step()
        return reached
