"""Where a model comes from, carried from step to step: the code that ran, the manifest of the data, and its last day.

A run may reuse the results of an earlier one: from the cache, or because whoever starts it selects steps. What comes
from other code or other data is refused by the step that reads it.
"""

import json
import tarfile
from pathlib import Path

import dataset_manifest

FILE = "origin.json"

Origin = dict[str, str]


def origin_of(code: Path, manifest_sha256: str, train_before: str) -> Origin:
    """The checksums of the code that runs now and of the dataset's manifest, and the day before which rows count."""
    return {
        "code": dataset_manifest.folder_checksum(code),
        "manifest": manifest_sha256,
        "train_before": train_before,
    }


def leave(origin: Origin, folder: Path) -> None:
    """Write it into a folder that a step makes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(json.dumps(origin, sort_keys=True) + "\n", encoding="utf-8")


def left_in(folder: Path) -> Origin:
    """What the step that made a folder left in it; nothing if it left nothing."""
    try:
        return dict(json.loads((folder / FILE).read_text("utf-8")))
    except FileNotFoundError:
        return {}


def left_in_archive(archive: Path) -> Origin:
    """The same of a model's archive, read without unpacking it."""
    with tarfile.open(archive) as packed:
        names = packed.getnames()
        return dict(json.load(packed.extractfile(FILE))) if FILE in names else {}


def refuse_another(found: Origin, wanted: Origin, what: str) -> None:
    """ValueError where something is of other code or other data than this run."""
    if found != wanted:
        raise ValueError(f"{what} is of another run: made of {found}, this run is of {wanted}; run all steps again")
