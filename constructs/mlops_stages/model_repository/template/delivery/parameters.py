"""Print the parameters of the pipeline, as `aws sagemaker start-pipeline-execution` takes them."""

import json
import os
import re
import sys
from pathlib import Path

DATASET = Path(__file__).resolve().parents[1] / "dataset.json"
NEEDED = {"DatasetUri", "DatasetManifestUri", "DatasetManifestSha256"}
_ADDRESS = re.compile(r"[^<]*<([^<>]+)>")


def parameters(
    commit: str, image_digest: str, dataset: dict[str, str], author: str, started_by: str
) -> list[dict[str, str]]:
    """The parameters, in the order of their names."""
    if dataset.keys() != NEEDED:
        raise SystemExit(f"dataset.json must hold exactly {', '.join(sorted(NEEDED))}: what data/curate.py printed")
    # Whoever delivers a commit has no requests of production: the manifest stands for none.
    none = {"RequestsUri": dataset["DatasetManifestUri"]}
    people = {"Author": person(author, "AUTHOR"), "StartedBy": person(started_by, "STARTED_BY")}
    values = {"Commit": commit, "ImageDigest": image_digest, **dataset, **none, **people}
    return [{"Name": name, "Value": values[name]} for name in sorted(values)]


def person(said: str, variable: str) -> str:
    """A login, or an address, which may stand behind a name as in `Ann <address>`; as the registry takes it."""
    found = _ADDRESS.fullmatch(said.strip())
    name = re.sub(r"[^A-Za-z0-9_+=.@-]", "-", (found[1] if found else said).strip())[:128]
    if len(name) < 2 or not any(map(str.isalnum, name)):
        raise SystemExit(f"{variable} must say who it was: CI sets it (an e-mail address, or a login)")
    return name


if __name__ == "__main__":
    _, commit, image_digest = sys.argv
    people = (os.environ.get(name, "") for name in ("AUTHOR", "STARTED_BY"))
    print(json.dumps(parameters(commit, image_digest, json.loads(DATASET.read_text("utf-8")), *people), indent=2))
