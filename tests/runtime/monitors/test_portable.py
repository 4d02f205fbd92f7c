"""Every statement is in the SQL that DuckDB and Athena share, and comes back from Athena's dialect the same."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlops_stages.runtime import monitors
from mlops_stages.runtime.monitors.bias import Segment, bias
from mlops_stages.runtime.monitors.bins import Columns, read_bins
from mlops_stages.runtime.monitors.drift import drift
from mlops_stages.runtime.monitors.quality import by_slice, compare, quality
from mlops_stages.runtime.monitors.sql import ALLOWED, Ask, asking
from tests.runtime.monitors.given import WINDOW, breast_cancer, diabetes, evaluation, ids, load, tables
from tests.runtime.monitors.portable import NotPortableError, check, portable


def everything(make: Callable[[Ask], Ask]) -> None:
    """Calculate every figure, on columns that need every branch of a statement."""
    scored = breast_cancer()
    rows = len(scored.scores)
    carriers = np.array(["AA", "it's", None, 'a "b" \\ --'], dtype=object)[np.arange(rows) % 4]
    constant = np.ones(rows)
    gaps = np.where(scored.scores > 0.5, np.nan, -scored.scores)
    more = {"carrier": carriers, "constant": constant, "gaps": gaps, "none": np.full(rows, np.nan)}
    connection = tables(replace(scored, more=more))
    load(connection, "shadow", {"decision_id": ids(rows), "score": scored.scores**2})
    load(
        connection,
        "baseline",
        {"score": np.sqrt(scored.scores), **{name: more[name][::2].repeat(2)[:rows] for name in more}},
    )
    ask = make(asking(connection))
    quality(ask, evaluation())
    compare(ask, evaluation(), "shadow")
    by_slice(ask, evaluation(), "carrier", "auc")
    bias(ask, evaluation(), Segment(column="carrier", values=("it's",)))
    columns = Columns(numbers=("score", "constant", "gaps", "none"), categories=("carrier",))
    drift(ask, baseline="baseline", decisions="decisions", window=WINDOW, bins=read_bins(ask, "baseline", columns))
    quality(make(asking(tables(diabetes()))), evaluation("regression"))


def test_every_statement_means_the_same_in_athena(monkeypatch: pytest.MonkeyPatch) -> None:
    made: set[str] = set()

    def counted(name: str, build: Callable[..., str]) -> Callable[..., str]:
        def count(*args: Any, **kwargs: Any) -> str:  # noqa: ANN401
            made.add(name)
            return build(*args, **kwargs)

        return count

    builders: set[str] = set()
    for found in pkgutil.iter_modules(monitors.__path__):
        module = importlib.import_module(f"{monitors.__name__}.{found.name}")
        for name, value in vars(module).items():
            if name.endswith("_statement"):
                builders.add(name)
                monkeypatch.setattr(module, name, counted(name, value))
    everything(portable)
    assert made == builders
    assert len(builders) == 10


def test_everything_that_is_allowed_is_used() -> None:
    used: set[str] = set()

    def reading(ask: Ask) -> Ask:
        def read(statement: str) -> Any:  # noqa: ANN401
            used.update(node.key for node in check(statement).walk())
            return ask(statement)

        return read

    everything(reading)
    assert used == ALLOWED


@pytest.mark.parametrize(
    "statement",
    [
        # Silently something else in Trino, or not there
        "SELECT quantile_cont(x, [0.1e0]) FROM t",
        "SELECT percentile_cont(0.5e0) WITHIN GROUP (ORDER BY x) FROM t",
        "SELECT histogram(x) FROM t",
        "SELECT list_sum(x) FROM t",
        "SELECT isinf(x) FROM t",
        "SELECT log(x) FROM t",
        "SELECT epoch_ms(x) FROM t",
        "SELECT hash(x) FROM t",
        "SELECT md5(x) FROM t",
        "SELECT x // 2 FROM t",
        "SELECT x / 2 FROM t",
        "SELECT CAST('inf' AS FLOAT) FROM t",
        "SELECT x::HUGEINT FROM t",
        "SELECT count(*) FROM t ASOF JOIN u ON t.x >= u.x",
        "SELECT count(*) FROM t LEFT JOIN u ON t.x = u.x",
        "SELECT x, count(*) FROM t GROUP BY ALL",
        "SELECT * EXCLUDE (x) FROM t",
        "SELECT * FROM t",
        "SELECT COLUMNS(x) FROM t",
        "SELECT x FROM read_parquet('a')",
        "SELECT unnest(x) FROM t",
        "SELECT x FROM t QUALIFY row_number() OVER (ORDER BY x) = 1",
        # A DECIMAL, not a DOUBLE
        "SELECT x * 0.5 FROM t",
        # A name that the same SELECT gives
        "SELECT x + 1 AS y FROM t WHERE y > 1",
        "SELECT x + 1 AS y, count(*) FROM t GROUP BY y",
        "SELECT x FROM t UNION SELECT x FROM u",
    ],
)
def test_what_athena_lacks_or_reads_otherwise_is_refused(statement: str) -> None:
    with pytest.raises(NotPortableError):
        check(statement)


def test_two_statements_are_refused() -> None:
    with pytest.raises(ValueError, match="too many values"):
        check("SELECT 1; DROP TABLE decisions")


def test_rows_that_differ_are_seen() -> None:
    answers = iter([[(1, 0.5)], [(1, 0.5)], [(1, 0.6)]])
    with pytest.raises(AssertionError):
        portable(lambda _: next(answers))("SELECT x, y FROM t")
