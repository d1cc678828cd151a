"""Item vectors, read row by row from their file.

Not mapped: the kernel maps sixteen pages around each one touched, so that two thousand scattered rows of a large shop
would count 130 MB as memory of the counter. Reading a row costs two microseconds.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray


class VectorFile:
    """Unit vectors by item_no; row 0 and rows of items without text are zero.

    Indexing with a number gives one row, with several numbers a matrix, both float32. The file is let go of with the
    object. One thread at a time where the system cannot read at a position.

    Args:
        path: a `.npy` of float32 in C order, whose hash was checked.

    Raises:
        OSError, ValueError: the file is no such array.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            if version != (1, 0):
                raise ValueError(f"format {version} of {path.name} is not read")
            shape, fortran, kind = np.lib.format.read_array_header_1_0(file)
            self._start = file.tell()
        if fortran or kind != np.float32 or len(shape) != 2:
            raise ValueError(f"{path.name} holds no float32 rows")
        if path.stat().st_size < self._start + shape[0] * shape[1] * 4:
            raise ValueError(f"{path.name} is cut short")
        self.shape: tuple[int, int] = (shape[0], shape[1])
        """Rows and dimension."""
        self._fd = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        weakref.finalize(self, os.close, self._fd)

    def __len__(self) -> int:
        return self.shape[0]

    @overload
    def __getitem__(self, rows: int) -> NDArray[np.float32]: ...

    @overload
    def __getitem__(self, rows: NDArray[np.integer] | Sequence[int]) -> NDArray[np.float32]: ...

    def __getitem__(self, rows: int | NDArray[np.integer] | Sequence[int]) -> NDArray[np.float32]:
        """One row, or one row a number.

        Raises:
            IndexError: there is no such row.
        """
        if isinstance(rows, (int, np.integer)):
            return self._row(int(rows))
        found: NDArray[np.float32] = np.empty((len(rows), self.shape[1]), dtype=np.float32)
        for at, row in enumerate(rows):
            found[at] = self._row(int(row))
        return found

    def _row(self, row: int) -> NDArray[np.float32]:
        if not 0 <= row < self.shape[0]:
            raise IndexError(f"there is no row {row}")
        size = self.shape[1] * 4
        return np.frombuffer(self._read(self._start + row * size, size), dtype=np.float32)

    def _read(self, start: int, size: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._fd, size, start)
        os.lseek(self._fd, start, os.SEEK_SET)
        return os.read(self._fd, size)
