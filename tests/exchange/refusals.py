"""What the tests of fetching share: what a device has, and a fetch that is refused without a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from clerk.errors import ExchangeError
from clerk.exchange.between.locations import Location
from clerk.pack import generations
from clerk.pack.open import PACKS
from tests.exchange.chain import Chain


def files_of(home: Path) -> dict[str, bytes]:
    """Packs, acknowledgements and keys; not the verified metadata, which may be newer than the pack in use."""
    roots = (home / PACKS, home / "exchange")
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for root in roots
        for path in root.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") or part in ("tuf", "clock") for part in path.relative_to(home).parts)
    }


def refused(chain: Chain, *, days: float = 1, location: Location | None = None) -> ExchangeError:
    """Fetches in vain: the error, when nothing that counts has changed."""
    before = files_of(chain.device)
    with pytest.raises(ExchangeError) as caught:
        chain.fetch(days=days, location=location)
    assert files_of(chain.device) == before
    assert generations.verify(chain.device, chain.installed or "").damage == ()
    assert caught.value.remedy
    return caught.value
