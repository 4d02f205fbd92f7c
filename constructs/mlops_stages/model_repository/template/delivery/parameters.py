"""Print the parameters of the pipeline, as `aws sagemaker start-pipeline-execution` takes them."""

import json
import sys
from pathlib import Path

DATASET = Path(__file__).resolve().parents[1] / "dataset.json"
NEEDED = {"DatasetUri", "DatasetManifestUri", "DatasetManifestSha256"}


def parameters(commit: str, image_digest: str, dataset: dict[str, str]) -> list[dict[str, str]]:
    """The parameters, in the order of their names."""
    if dataset.keys() != NEEDED:
        raise SystemExit(f"dataset.json must hold exactly {', '.join(sorted(NEEDED))}: what data/curate.py printed")
    values = {"Commit": commit, "ImageDigest": image_digest, **dataset}
    return [{"Name": name, "Value": values[name]} for name in sorted(values)]


if __name__ == "__main__":
    _, commit, image_digest = sys.argv
    print(json.dumps(parameters(commit, image_digest, json.loads(DATASET.read_text("utf-8"))), indent=2))
