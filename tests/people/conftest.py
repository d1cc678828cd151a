"""Hashes for tests of people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clerk.people import pins


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hashes that cost nothing; what they cost in earnest is measured by benchmarks/pin.py."""
    monkeypatch.setattr(pins, "MEMORY_KIB", 8)
    monkeypatch.setattr(pins, "PASSES", 1)
    pins._hasher.cache_clear()
    yield
    pins._hasher.cache_clear()
