"""Train: fit the model on `train`, and leave it as model.joblib."""

import container
import flights
import joblib
import numpy as np
import origin
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

SEED = 0


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


def main() -> None:
    """Read the channel `train`, write the model."""
    came = origin.left_in(container.channel("train"))
    here = origin.origin_of(container.channel("code"), came.get("manifest", ""))
    origin.refuse_another(came, here, "the training data")
    rows = flights.read(container.channel("train"))
    model = fit(rows, container.hyperparameters())
    container.model().mkdir(parents=True, exist_ok=True)
    origin.leave(here, container.model())
    joblib.dump(model, container.model() / "model.joblib", compress=3)
    print(f"trained on {len(rows)} rows")


if __name__ == "__main__":
    container.run(main)
