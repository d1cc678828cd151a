"""Logistic regression of our own."""

from __future__ import annotations

import numpy as np

from clerk.pack_build.learn.logistic import Table, fit


def _cases(rows: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(1)
    x = chance.normal(size=(rows, 3)) * np.array([1.0, 5.0, 0.2]) + np.array([0.0, 3.0, -1.0])
    odds = -3.0 + 1.0 * x[:, 0] - 0.3 * x[:, 1]
    return x.astype(np.float32), chance.random(rows) < 1 / (1 + np.exp(-odds))


def test_weights_behind_the_labels_are_found_again() -> None:
    x, y = _cases()
    found = fit(x, y, np.ones(len(y)))
    slopes = found.weight / found.scale
    assert np.allclose(slopes[:2], [1.0, -0.3], atol=0.08)
    assert abs(slopes[2]) < 0.4


def test_chances_sum_to_what_happened() -> None:
    x, y = _cases()
    p = 1 / (1 + np.exp(-fit(x, y, np.ones(len(y))).logit(x)))
    assert abs(p.mean() - y.mean()) < 1e-6


def test_thinned_misses_that_stand_for_others_give_the_same_weights() -> None:
    x, y = _cases(60_000)
    kept = y | (np.random.default_rng(2).random(len(y)) < 0.25)
    thin = fit(x[kept], y[kept], np.where(y[kept], 1.0, 4.0))
    whole = fit(x, y, np.ones(len(y)))
    assert np.allclose(thin.weight / thin.scale, whole.weight / whole.scale, atol=0.15)


def test_a_column_that_never_varies_has_no_weight() -> None:
    x, y = _cases(2_000)
    x[:, 2] = 7.0
    assert fit(x, y, np.ones(len(y))).weight[2] == 0.0


def test_without_cases_a_stage_is_the_model_it_leans_on() -> None:
    x, y = _cases(2_000)
    common = fit(x, y, np.ones(len(y)))
    alone = fit(x[:0], y[:0], np.ones(0), ridge=30.0, near=common)
    assert np.allclose(alone.weight, common.weight)
    assert alone.bias == common.bias


def test_separable_labels_end_in_finite_weights() -> None:
    x = np.linspace(-1, 1, 50, dtype=np.float32)[:, None]
    found = fit(x, x[:, 0] > 0, np.ones(50))
    assert np.isfinite(found.weight).all()
    assert found.weight[0] > 0


def test_a_table_takes_a_first_member_who_brings_no_case() -> None:
    table = Table()
    for rows in (np.zeros((0, 3)), np.ones((2, 3)), np.zeros((0, 3)), np.full((1, 3), 2.0)):
        table.add(rows)
    assert table.taken().tolist() == [[1.0] * 3] * 2 + [[2.0] * 3]
