"""`python -m bench.drift_nannyml BASELINE DECISIONS`, in the libraries' own environment.

Of numbers the KS statistic, which it approximates, and the Jensen-Shannon distance; of categories that and L-infinity.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from typing import Any

from bench.taken import told

_parquet: Any = importlib.import_module("pyarrow.parquet")
_nannyml: Any = importlib.import_module("nannyml")


def _calculate(baseline: str, decisions: str) -> None:
    before, now = _read(baseline), _read(decisions)
    calculator = _nannyml.UnivariateDriftCalculator(
        column_names=list(before.columns),
        treat_as_categorical=[name for name in before.columns if name.startswith("k")],
        continuous_methods=["kolmogorov_smirnov", "jensen_shannon"],
        categorical_methods=["jensen_shannon", "l_infinity"],
        chunk_number=1,
    )
    calculator.fit(before)
    calculator.calculate(now)


def _read(path: str) -> Any:  # noqa: ANN401  # pandas is not installed here
    """The columns; categories as pandas' own, which take a tenth of the memory of texts."""
    names = _parquet.read_schema(path).names
    table = _parquet.read_table(path, read_dictionary=[name for name in names if name.startswith("k")])
    return table.drop_columns(["decided_at"]).to_pandas(split_blocks=True, self_destruct=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    told(lambda: _calculate(*sys.argv[1:]))
