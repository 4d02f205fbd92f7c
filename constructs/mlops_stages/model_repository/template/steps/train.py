"""Train: fit the model on `train`, and leave it as model.joblib, with its input schema and the code that serves it."""

import shutil
from pathlib import Path

import container
import flights
import input_schema
import joblib
import numpy as np
import origin
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

SEED = 0
SERVING = ("answers.py", "input_schema.py", "json_logs.py", "request_rows.py", "scoring.py", "serve.py")
"""What the image's program `serve` needs beside the model: all scripts of serving/. In a job all code is one folder."""


def fit(rows: pd.DataFrame, hyperparameters: dict[str, str]) -> Pipeline:
    """A model of standard parts only, so that whoever loads it needs none of our code."""
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    model = Pipeline(
        [
            ("columns", ColumnTransformer([("categories", encoder, flights.CATEGORIES)], remainder="passthrough")),
            (
                "trees",
                HistGradientBoostingClassifier(
                    max_iter=int(hyperparameters["max_iter"]),
                    learning_rate=float(hyperparameters["learning_rate"]),
                    max_leaf_nodes=int(hyperparameters["max_leaf_nodes"]),
                    min_samples_leaf=int(hyperparameters["min_samples_leaf"]),
                    l2_regularization=float(hyperparameters["l2_regularization"]),
                    categorical_features=list(range(len(flights.CATEGORIES))),
                    early_stopping=False,
                    random_state=SEED,
                ),
            ),
        ]
    )
    return model.fit(rows[flights.FEATURES], rows[flights.LABEL])


def add_code(source: Path, model: Path) -> None:
    """Put the serving code beside the model: a container without a network can fetch none."""
    (model / "code").mkdir(parents=True, exist_ok=True)
    for name in SERVING:
        shutil.copyfile(source / name, model / "code" / name)


def main() -> None:
    """Read the channel `train`, write the model, its schema and the code that serves it."""
    came = origin.left_in(container.channel("train"))
    here = origin.origin_of(container.channel("code"), came.get("manifest", ""), came.get("train_before", ""))
    origin.refuse_another(came, here, "the training data")
    rows = flights.read(container.channel("train"))
    schema = input_schema.learned(flights.FIELDS, rows)
    model = fit(rows, container.hyperparameters())
    container.model().mkdir(parents=True, exist_ok=True)
    schema.write(container.model())
    add_code(container.channel("code"), container.model())
    origin.leave(here, container.model())
    joblib.dump(model, container.model() / "model.joblib", compress=3)
    print(f"trained on {len(rows)} rows")


if __name__ == "__main__":
    container.run(main)
