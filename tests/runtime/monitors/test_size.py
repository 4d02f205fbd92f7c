"""What 200,000 decisions with 10 inputs take: a second or so of CPU."""

from __future__ import annotations

import time

import numpy as np
import pytest

from mlops_stages.runtime.monitors.bins import Columns, read_bins
from mlops_stages.runtime.monitors.drift import drift
from mlops_stages.runtime.monitors.quality import quality
from mlops_stages.runtime.monitors.sql import asking
from tests.runtime.monitors.given import DAYS, WINDOW, Scored, evaluation, judges, load, tables

ROWS = 200_000
NUMBERS = ("score", *(f"n{place}" for place in range(8)))
CATEGORIES = ("k0", "k1")
MOST_SECONDS = 15
"""Of CPU; several times what it takes, so that a busy machine does not fail it."""


def scored() -> Scored:
    source = np.random.default_rng(1)
    scores = source.beta(2, 8, ROWS)
    labels = (source.random(ROWS) < scores).astype(float)
    more = {name: source.normal(size=ROWS) for name in NUMBERS[1:]}
    more |= {name: np.array(["a", "b", "c"], dtype=object)[source.integers(3, size=ROWS)] for name in CATEGORIES}
    return Scored(scores, labels, np.arange(ROWS) % DAYS, more)


def test_many_rows_take_a_second_or_so() -> None:
    rows = scored()
    connection = tables(rows)
    load(connection, "baseline", {"score": rows.scores, **rows.more, "n3": rows.more["n3"] + 0.1})
    ask = asking(connection)
    began = time.process_time()
    bins = read_bins(ask, "baseline", Columns(numbers=NUMBERS, categories=CATEGORIES))
    drifted = drift(ask, baseline="baseline", decisions="decisions", window=WINDOW, bins=bins)
    auc, loss = quality(ask, evaluation(), ["auc", "log_loss"])
    assert time.process_time() - began < MOST_SECONDS
    assert {figure.of for figure in drifted if figure.name == "psi" and (figure.value or 0) > 0.001} == {"n3"}
    assert auc.value == pytest.approx(judges.roc_auc_score(rows.labels, rows.scores), abs=1e-9)
    assert loss.value == pytest.approx(judges.log_loss(rows.labels, rows.scores), abs=1e-9)
