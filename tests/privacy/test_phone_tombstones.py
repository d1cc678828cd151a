"""Somebody forgotten who comes back with their number written in another way is recognised."""

from __future__ import annotations

import polars as pl
import pytest

from clerk.history.leave_out import ErasureRules
from clerk.privacy.erasure import Erasure, Erasures, Scope, kept_forms, tombstone_of

KEY = b"k" * 32
AS_WRITTEN = ("+47 22 33 44 55", "22 33 44 55", "0047 22334455", "22.33.44.55")


def strangers(forms: tuple[str, ...], phone: str, country: str) -> set[str]:
    addresses = tuple(tombstone_of(KEY, "phone", form) for form in forms)
    erasure = Erasure(tombstone_of(KEY, "member", "old"), Scope.ALL, 1, 1, addresses)
    came = pl.DataFrame({"member_id": ["new"], "phone": [phone]})
    return ErasureRules(Erasures([KEY], [erasure]), country=country).came_again(came)


@pytest.mark.parametrize("forgotten", AS_WRITTEN)
@pytest.mark.parametrize("returns", AS_WRITTEN)
def test_any_way_of_writing_the_number_is_recognised(forgotten: str, returns: str) -> None:
    assert strangers(kept_forms("phone", forgotten, "NO"), returns, "NO") == {"new"}
    assert strangers(kept_forms("phone", forgotten, ""), returns, "NO") == {"new"}


def test_another_number_is_not_recognised() -> None:
    assert strangers(kept_forms("phone", "+47 22 33 44 55", "NO"), "22 33 44 56", "NO") == set()
    assert strangers(kept_forms("phone", "+47 22 33 44 55", "NO"), "+46 22 33 44 55", "NO") == set()


def test_a_tombstone_from_before_is_recognised_as_it_was() -> None:
    assert strangers(("722334455",), "+47 22 33 44 55", "NO") == {"new"}
    assert strangers(("22334455",), "22 33 44 55", "NO") == {"new"}
