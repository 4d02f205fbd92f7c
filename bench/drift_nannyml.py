"""`python -m bench.drift_nannyml BASELINE DECISIONS`, in the libraries' own environment.

Of numbers the KS statistic, which it approximates, and the Jensen-Shannon distance; of categories that and L-infinity.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from typing import Any

from bench.taken import told

_pandas: Any = importlib.import_module("pandas")
_nannyml: Any = importlib.import_module("nannyml")


def _calculate(baseline: str, decisions: str) -> None:
    before, now = (_pandas.read_parquet(path).drop(columns="decided_at") for path in (baseline, decisions))
    calculator = _nannyml.UnivariateDriftCalculator(
        column_names=list(before.columns),
        treat_as_categorical=[name for name in before.columns if name.startswith("k")],
        continuous_methods=["kolmogorov_smirnov", "jensen_shannon"],
        categorical_methods=["jensen_shannon", "l_infinity"],
        chunk_number=1,
    )
    calculator.fit(before)
    calculator.calculate(now)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    told(lambda: _calculate(*sys.argv[1:]))
