"""Logistic regression by Newton's method, for a few dozen weights with a plain meaning each.

In: rows, labels, weights of rows. Out: weights over standardised columns. numpy only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Rows = NDArray[np.float32]

_CHUNK = 16_384
"""Rows looked at together, so that memory stays at a few MB beyond the rows themselves."""
_STEPS = 30
_ENOUGH = 1e-7
"""Relative improvement below which another step changes no digit that anybody reads."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A fitted regression; the scale of a column that never varies is 1 and its weight stays 0."""

    mean: Numbers
    scale: Numbers
    weight: Numbers
    bias: float

    def logit(self, x: Rows | Numbers) -> Numbers:
        """Log odds of each row."""
        value = np.empty(len(x))
        for at in _chunks(len(x)):
            value[at] = ((x[at] - self.mean) / self.scale) @ self.weight + self.bias
        return value


class Table:
    """A growing array of cases; in place, since joining a list of parts would need twice the memory."""

    def __init__(self) -> None:
        self._rows: Rows = np.empty((0, 0), dtype=np.float32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, rows: NDArray[Any]) -> None:
        """Adds rows, as wide as those before; none may be the first.

        Raises:
            FloatingPointError: a fact is no number, which would spoil the fit of all.
        """
        if not len(rows):
            return
        if not np.isfinite(rows).all():
            raise FloatingPointError("a fact came out as no number")
        needed = self._count + len(rows)
        if needed > len(self._rows):
            # Nobody else holds these rows before `taken`.
            self._rows.resize((needed + _CHUNK, rows.shape[1]), refcheck=False)
        self._rows[self._count : needed] = rows
        self._count = needed

    def taken(self) -> Rows:
        """Hands over the rows; the table is empty afterwards."""
        rows = self._rows
        rows.resize((self._count, rows.shape[1]), refcheck=False)
        self._rows, self._count = np.empty((0, 0), dtype=np.float32), 0
        return rows


def moments(x: Rows, w: Numbers) -> tuple[Numbers, Numbers]:
    """Weighted mean and scale of each column."""
    total = w.sum()
    mean = sum((w[at] @ x[at].astype(np.float64) for at in _chunks(len(x))), np.zeros(x.shape[1])) / total
    square = sum((w[at] @ (x[at] - mean) ** 2 for at in _chunks(len(x))), np.zeros(x.shape[1])) / total
    scale = np.sqrt(square)
    return mean, np.where(scale > 1e-9, scale, 1.0)


def fit(
    x: Rows,
    y: NDArray[np.bool_],
    w: Numbers,
    *,
    ridge: float = 1.0,
    near: Fitted | None = None,
) -> Fitted:
    """The weights that explain the labels best.

    Args:
        x: one row a case.
        y: the labels.
        w: how many cases each row stands for.
        ridge: how strongly weights are pulled to `near`.
        near: weights of an earlier fit, with its standardisation; none means 0.
    """
    mean, scale = (near.mean, near.scale) if near is not None else moments(x, w)
    goal = np.append(near.weight, near.bias) if near is not None else np.zeros(x.shape[1] + 1)
    hold = np.full(x.shape[1] + 1, ridge)
    hold[-1] = 0.0 if near is None else ridge
    beta = goal.copy()
    if near is None:
        part = min(max(float(w @ y) / float(w.sum()), 1e-6), 1 - 1e-6)
        beta[-1] = np.log(part / (1 - part))
    loss, slope, curve = _look(x, y, w, beta, mean, scale)
    loss += 0.5 * float(hold @ (beta - goal) ** 2)
    for _ in range(_STEPS):
        step = np.linalg.solve(curve + np.diag(hold + 1e-9), slope - hold * (beta - goal))
        size = 1.0
        # A whole step overshoots when the labels are rare; half of it is tried until it helps.
        while size > 1e-4:
            tried = beta + size * step
            found, new_slope, new_curve = _look(x, y, w, tried, mean, scale)
            found += 0.5 * float(hold @ (tried - goal) ** 2)
            if found <= loss:
                break
            size /= 2
        else:
            break
        gain = loss - found
        beta, loss, slope, curve = tried, found, new_slope, new_curve
        if gain < _ENOUGH * abs(loss):
            break
    return Fitted(mean, scale, beta[:-1], float(beta[-1]))


def _look(
    x: Rows, y: NDArray[np.bool_], w: Numbers, beta: Numbers, mean: Numbers, scale: Numbers
) -> tuple[float, Numbers, Numbers]:
    """Loss, slope and curvature at the given weights."""
    size = len(beta)
    loss, slope, curve = 0.0, np.zeros(size), np.zeros((size, size))
    for at in _chunks(len(x)):
        z = np.empty((len(x[at]), size))
        np.subtract(x[at], mean, out=z[:, :-1])
        z[:, :-1] /= scale
        z[:, -1] = 1.0
        value = z @ beta
        p = 1 / (1 + np.exp(-np.clip(value, -40, 40)))
        loss += float(w[at] @ (np.logaddexp(0.0, value) - y[at] * value))
        slope += z.T @ (w[at] * (y[at] - p))
        # A matrix times its own transpose costs half of what two matrices cost.
        z *= np.sqrt(w[at] * p * (1 - p))[:, None]
        curve += z.T @ z
    return loss, slope, curve


def _chunks(rows: int) -> list[slice]:
    return [slice(start, start + _CHUNK) for start in range(0, rows, _CHUNK)]
