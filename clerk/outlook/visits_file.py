"""Files of the forecast: given visits in, predictions out, as CSV or Parquet by suffix.

Predictions are written piece by piece beside their place and moved there when they are whole.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from clerk.clock import to_datetime
from clerk.errors import DiskFailed, DiskFull, SourceMissing, SourceUnreadable
from clerk.intake.canonical_tables import Source
from clerk.intake.checks import values
from clerk.intake.checks.reading import Reading, Shop

_SUFFIXES = (".csv", ".parquet")
_NO_SPACE = 28


@dataclass(frozen=True, slots=True)
class Visits:
    """Given visits, each once, in the order of the file."""

    frame: pl.DataFrame
    """member_id (text), at (wall seconds)."""
    repeated: bool
    """Whether some member comes more than once."""
    unreadable: int
    """Rows without a member or a time."""
    twice: int
    """Rows that repeat another row."""


def read_visits(path: Path) -> Visits:
    """The visits of a CSV or Parquet file with the columns `member_id` and `at`.

    Raises:
        SourceMissing: there is no such file, or a column is missing.
        SourceUnreadable: it is neither CSV nor Parquet.
    """
    if not path.is_file():
        raise SourceMissing(f"There is no file {path.name}.", "Name a CSV or Parquet file with member_id and at.")
    parquet = path.suffix.lower() == ".parquet"
    try:
        frame = pl.read_parquet(path) if parquet else pl.read_csv(path, infer_schema=False, truncate_ragged_lines=True)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as problem:
        raise SourceUnreadable(f"{path.name} is no CSV or Parquet file.", "Export it again.") from problem
    names = {name: "_".join(name.strip().strip("\ufeff").lower().replace("-", " ").split()) for name in frame.columns}
    for needed in ("member_id", "at"):
        if needed not in names.values():
            raise SourceMissing(f"{path.name} has no column {needed}.", "Give it the columns member_id and at.")
    frame = frame.rename({name: plain for name, plain in names.items() if plain in ("member_id", "at")})
    read = Reading(Source("visits", path.name, frame), Shop(), moments=("at",))
    typed = pl.DataFrame({"member_id": values.texts(frame, "member_id", 120), "at": read.moments(frame, "at")})
    good = typed.filter((pl.col("member_id") != "") & pl.col("at").is_not_null())
    once = good.unique(maintain_order=True)
    return Visits(
        frame=once,
        repeated=once["member_id"].n_unique() < once.height,
        unreadable=typed.height - good.height,
        twice=good.height - once.height,
    )


@dataclass(slots=True)
class Predictions:
    """Rows of one piece of the answer; columns grow together."""

    customer_id: list[str]
    rank: list[int]
    item_id: list[str]
    p: list[float]
    at: list[int]

    @classmethod
    def none(cls) -> Predictions:
        """No rows yet."""
        return cls([], [], [], [], [])

    def add(self, member_id: str, at: int, skus: Sequence[str], p: Sequence[float]) -> None:
        """Adds the items of one visit, likeliest first."""
        self.customer_id += [member_id] * len(skus)
        self.rank += range(1, len(skus) + 1)
        self.item_id += skus
        self.p += p
        self.at += [at] * len(skus)

    def frame(self, *, with_at: bool) -> pl.DataFrame:
        """The columns a scorer reads: customer_id, rank, item_id, p; and at where a member comes more than once."""
        columns = {
            "customer_id": pl.Series(self.customer_id, dtype=pl.String),
            "rank": pl.Series(self.rank, dtype=pl.Int32),
            "item_id": pl.Series(self.item_id, dtype=pl.String),
            "p": pl.Series(self.p, dtype=pl.Float64).round(6),
        }
        if with_at:
            columns["at"] = pl.Series([to_datetime(at) for at in self.at], dtype=pl.Datetime("us"))
        return pl.DataFrame(columns)


class Out:
    """The file that predictions go to; use as a context, which keeps it only when nothing failed.

    Args:
        path: where, `.csv` or `.parquet`.
        with_at: whether each row says at which time.

    Raises:
        SourceUnreadable: the suffix is neither.
    """

    def __init__(self, path: Path, *, with_at: bool) -> None:
        if path.suffix.lower() not in _SUFFIXES:
            raise SourceUnreadable(f"{path.name} is neither .csv nor .parquet.", "Give --out one of these suffixes.")
        self._path = path
        self._with_at = with_at
        self._pieces = 0
        self._scratch: Path | None = None

    def __enter__(self) -> Out:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._scratch = Path(tempfile.mkdtemp(prefix=".forecast-", dir=self._path.parent))
        except OSError as problem:
            raise _disk(problem) from problem
        return self

    def add(self, rows: Predictions) -> None:
        """Writes a piece."""
        assert self._scratch is not None
        try:
            rows.frame(with_at=self._with_at).write_parquet(self._scratch / f"{self._pieces:08}.parquet")
        except OSError as problem:
            raise _disk(problem) from problem
        self._pieces += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        assert self._scratch is not None
        try:
            if error is None:
                self._join()
        except OSError as problem:
            raise _disk(problem) from problem
        finally:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _join(self) -> None:
        """Joins the pieces into the final file, without holding all of them in memory."""
        assert self._scratch is not None
        if not self._pieces:
            self.add(Predictions.none())
        whole = self._scratch / f"whole{self._path.suffix.lower()}"
        rows = pl.scan_parquet(self._scratch / "0*.parquet")
        if whole.suffix == ".csv":
            rows.sink_csv(whole, datetime_format="%Y-%m-%dT%H:%M:%S")
        else:
            rows.sink_parquet(whole)
        os.replace(whole, self._path)


def _disk(problem: OSError) -> DiskFull | DiskFailed:
    if problem.errno == _NO_SPACE:
        return DiskFull("There is no room for the forecast.", "Free some space and run it again.")
    return DiskFailed("The forecast cannot be written there.", "Name another place with --out.")
