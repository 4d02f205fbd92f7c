"""Evaluate: judge the model on the days held out, and say how sure the judgement is.

evaluation.json is in the form that SageMaker shows as model quality. The gate of the pipeline reads `quality.value`.
digests.json holds the SHA-256 of the model's archive, of the code that ran, and of evaluation.json: the pipeline
registers them, and whoever reads the registry compares. evaluation.json names the digests of golden.jsonl, of
baseline.csv and, where the run was given requests of production, of challenge.csv.
"""

import argparse
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import baseline
import challenge
import container
import dataset_manifest
import flights
import golden
import input_schema
import numpy as np
import origin
import pandas as pd
import scoring
from sklearn import metrics

RESAMPLES = 200
THRESHOLD = 0.5
SEED = 0

Measure = Callable[[np.ndarray, np.ndarray], float]


def _of_decisions(measure: Callable[..., float], **options: Any) -> Measure:
    return lambda late, scores: measure(late, scores >= THRESHOLD, **options)


MEASURES: dict[str, Measure] = {
    "auc": metrics.roc_auc_score,
    "accuracy": _of_decisions(metrics.accuracy_score),
    "f1": _of_decisions(metrics.f1_score, zero_division=0.0),
    "precision": _of_decisions(metrics.precision_score, zero_division=0.0),
    "recall": _of_decisions(metrics.recall_score, zero_division=0.0),
    "log_loss": metrics.log_loss,
    "rmse": metrics.root_mean_squared_error,
    "mae": metrics.mean_absolute_error,
    "r2": metrics.r2_score,
}
"""Every metric that platform.yaml knows; the last three compare the probability with the outcome."""


def load(folder: Path) -> Any:
    """The model in model.tar.gz. Loading one runs what is in it: it is the Train step's own, from our bucket."""
    with tarfile.open(folder / "model.tar.gz") as packed:
        return scoring.load(packed.extractfile(scoring.FILE))  # unpacking would write wherever its names lead


def load_schema(folder: Path) -> input_schema.Schema:
    """The schema in model.tar.gz."""
    with tarfile.open(folder / "model.tar.gz") as packed:
        return input_schema.loads(packed.extractfile(input_schema.FILE).read())


def evaluation(rows: pd.DataFrame, scores: np.ndarray, metric: str) -> dict[str, Any]:
    """What evaluation.json holds."""
    late = rows[flights.LABEL].to_numpy()
    resampled = _by_day(rows[flights.DAY].to_numpy(), late, scores, MEASURES[metric])
    low, high = np.quantile(resampled, [0.025, 0.975])
    values = {name: float(measure(late, scores)) for name, measure in MEASURES.items()}
    return {
        "binary_classification_metrics": {
            name: {"value": value, **({"standard_deviation": float(resampled.std())} if name == metric else {})}
            for name, value in values.items()
        },
        "quality": {
            "metric": metric,
            "value": values[metric],
            "interval": {"level": 0.95, "low": float(low), "high": float(high), "by": "day", "resamples": RESAMPLES},
        },
        "calibration": {
            "predicted": float(scores.mean()),
            "actual": float(late.mean()),
            "ratio": float(scores.mean() / late.mean()),
        },
        "counts": {"rows": len(rows), "late": int(late.sum()), "days": int(rows[flights.DAY].nunique())},
    }


def _by_day(days: np.ndarray, late: np.ndarray, scores: np.ndarray, measure: Measure) -> np.ndarray:
    """The metric on days drawn anew: flights of one day are not independent, days nearly are."""
    random = np.random.default_rng(SEED)
    rows_of = [np.flatnonzero(days == day) for day in np.unique(days)]
    found = []
    while len(found) < RESAMPLES:
        drawn = np.concatenate([rows_of[day] for day in random.integers(len(rows_of), size=len(rows_of))])
        if 0 < late[drawn].sum() < len(drawn):  # no metric of one outcome alone
            found.append(measure(late[drawn], scores[drawn]))
    return np.array(found)


def main() -> None:
    """Score `test` by the model, write evaluation.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--metric", choices=MEASURES, required=True)
    parser.add_argument("--manifest-sha256", required=True)
    parser.add_argument("--train-before", required=True)
    parser.add_argument("--manifest", required=True, help="the S3 URI of the dataset's manifest")
    parser.add_argument("--requests", required=True, help="the S3 URI of the requests; the manifest's for none")
    given = parser.parse_args()
    metric = given.metric

    packed, code = container.processing("model") / "model.tar.gz", container.processing("code")
    here = origin.origin_of(code, given.manifest_sha256, given.train_before)
    digests = {"model": dataset_manifest.file_checksum(packed), "code": here["code"]}
    origin.refuse_another(origin.left_in_archive(packed), here, "the model")
    origin.refuse_another(origin.left_in(container.processing("test")), here, "the test data")
    rows = flights.read(container.processing("test"))
    model, schema = load(packed.parent), load_schema(packed.parent)
    scores = np.array(scoring.scores(model, schema, {name: rows[name].array for name in schema.names}))
    judged = evaluation(rows, scores, metric)
    output = container.processing("evaluation")
    output.mkdir(parents=True, exist_ok=True)
    judged["golden"] = golden.write(rows, model, schema, output)
    judged["baseline"] = baseline.write(rows, scores, schema, output)
    if given.requests != given.manifest:
        judged["challenge"] = challenge.write(
            container.processing("requests"), given.requests, given.train_before, model, schema, output
        )
    written = output / "evaluation.json"
    written.write_text(json.dumps(judged, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    digests["evaluation"] = dataset_manifest.file_checksum(written)
    (output / "digests.json").write_text(json.dumps(digests, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    quality = judged["quality"]
    low, high = quality["interval"]["low"], quality["interval"]["high"]
    print(f"{metric} {quality['value']:.4f} (95 %: {low:.4f} to {high:.4f}) on {len(rows)} rows")


if __name__ == "__main__":
    container.run(main)
