"""What the tests share: the folders of the code, and a small dataset that is quickly learned."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("steps", "data", "serving", "pipeline", "local", "delivery")]

import container
import flights
import input_schema
import joblib
import train

HYPERPARAMETERS = {
    "max_iter": "30",
    "learning_rate": "0.1",
    "max_leaf_nodes": "15",
    "min_samples_leaf": "20",
    "l2_regularization": "1.0",
}


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of /opt/ml."""
    monkeypatch.setattr(container, "BASE", tmp_path / "ml")
    return tmp_path / "ml"


@pytest.fixture(scope="session")
def rows() -> pd.DataFrame:
    """2,000 flights of 20 days, late when the wind is strong and sometimes otherwise."""
    random = np.random.default_rng(0)
    count = 2000
    made = pd.DataFrame(
        {
            field.name: random.uniform(field.minimum, field.maximum, size=count).round(3)
            for field in flights.FIELDS
            if field.type == "number"
        }
    )
    for field in flights.FIELDS:
        if field.type == "integer":
            made[field.name] = random.integers(int(field.minimum), int(field.maximum) + 1, size=count)
    made.loc[::7, "plane_age"] = np.nan
    for name in flights.CATEGORIES:
        made[name] = random.choice(["A", "B", "C"], size=count)
    made[flights.DAY] = [f"2013-01-{1 + index % 20:02}" for index in range(count)]
    made[flights.LABEL] = (made["wind_speed"] + random.normal(scale=25, size=count) > 200).astype(int)
    return made[[flights.DAY, *flights.FEATURES, flights.LABEL]]


@pytest.fixture(scope="session")
def served_base(rows: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What /opt/ml holds in a container: the model, its schema and the code that serves it."""
    base = tmp_path_factory.mktemp("ml")
    (base / "model").mkdir()
    joblib.dump(train.fit(rows, {**HYPERPARAMETERS, "max_iter": "5"}), base / "model" / "model.joblib")
    input_schema.learned(flights.FIELDS, rows).write(base / "model")
    train.add_code(ROOT / "serving", base / "model")
    return base


def csv_of(rows: pd.DataFrame, first: int, count: int) -> str:
    """Some rows as a caller sends them, each with a decision id that names its number."""
    wanted = rows.iloc[first : first + count][flights.FEATURES].astype({"hour": int, "day_of_week": int})
    wanted.insert(0, "decision_id", [f"d-{number}" for number in range(first, first + count)])
    return wanted.to_csv(index=False, header=False)


def json_of(rows: pd.DataFrame, first: int, count: int) -> str:
    lines = rows.iloc[first : first + count][flights.FEATURES].to_json(orient="records", lines=True).splitlines()
    return "".join(f'{{"decision_id": "d-{first + number}", {line[1:]}\n' for number, line in enumerate(lines))
