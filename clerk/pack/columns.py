"""`columns.npz`: the numbers of every item."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from clerk.errors import PackDamaged
from clerk.model import ItemColumns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TEXTS = ("categories", "kinds", "audiences")
_NUMBERS = ("total_baskets", "total_members")
_ADDED = ("audience", "audiences", "traits", "set_traits")
"""Columns that packs of earlier versions do not have: there everything is for everybody, and nothing is known of it."""
_SINCE = ("thing", "near_starts", "near_other", "near_both", "near_together")
"""The same; they are empty there."""
_SEPARATOR = "\n"
"""Cleaned texts hold no line break, so one can stand between them."""


def save_columns(path: Path, columns: ItemColumns) -> None:
    """Effect: writes the file; the caller syncs it."""
    import numpy as np

    arrays: dict[str, NDArray[np.generic]] = {}
    for field in fields(ItemColumns):
        value = getattr(columns, field.name)
        if field.name in _TEXTS:
            value = np.frombuffer(_SEPARATOR.join(value).encode(), dtype=np.uint8)
        elif field.name in _NUMBERS:
            value = np.array([value], dtype=np.int64)
        arrays[field.name] = value
    with path.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def load_columns(path: Path) -> ItemColumns:
    """The numbers.

    Raises:
        PackDamaged: the file is not what `save_columns` wrote.
    """
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as arrays:
            values: dict[str, object] = {}
            for field in fields(ItemColumns):
                if field.name in _SINCE and field.name not in arrays:
                    continue
                array = arrays[field.name] if field.name in arrays or field.name not in _ADDED else None
                if array is None:
                    values[field.name] = ("",) if field.name in _TEXTS else np.zeros_like(arrays["on_hand"])
                elif field.name in _TEXTS:
                    values[field.name] = tuple(array.tobytes().decode().split(_SEPARATOR))
                elif field.name in _NUMBERS:
                    values[field.name] = int(array[0])
                else:
                    values[field.name] = array
            return ItemColumns(**values)  # type: ignore[arg-type]
    except (OSError, ValueError, KeyError) as problem:
        raise PackDamaged("The item columns cannot be read.", "Run the nightly build again.") from problem
