"""`python -m bench.drift_evidently BASELINE DECISIONS`, in the libraries' own environment: PSI of every column."""

from __future__ import annotations

import importlib
import sys
import warnings
from typing import Any

from bench.taken import told

_pandas: Any = importlib.import_module("pandas")
_evidently: Any = importlib.import_module("evidently")
_presets: Any = importlib.import_module("evidently.presets")


def _calculate(baseline: str, decisions: str) -> None:
    before, now = (_dataset(_pandas.read_parquet(path).drop(columns="decided_at")) for path in (baseline, decisions))
    _evidently.Report([_presets.DataDriftPreset(method="psi")]).run(now, before)


def _dataset(frame: Any) -> Any:  # noqa: ANN401  # pandas and evidently are not installed here
    categories = [name for name in frame.columns if name.startswith("k")]
    definition = _evidently.DataDefinition(
        numerical_columns=[name for name in frame.columns if name not in categories], categorical_columns=categories
    )
    return _evidently.Dataset.from_pandas(frame, data_definition=definition)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    told(lambda: _calculate(*sys.argv[1:]))
