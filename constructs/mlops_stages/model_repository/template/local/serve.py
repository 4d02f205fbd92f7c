"""Serve the model of the last `make train` here: its model.tar.gz by its own code, as its container would."""

import os
import shutil
import sys
import tarfile
from pathlib import Path, PurePosixPath

OUT = Path(__file__).resolve().parents[1] / "out"
ARCHIVE = OUT / "model.tar.gz"


def unpacked(archive: Path, base: Path) -> Path:
    """Unpack a model's archive where its container has it, files alone and none outside; return its `serve.py`."""
    model = base / "model"
    shutil.rmtree(model, ignore_errors=True)
    with tarfile.open(archive) as packed:
        for member in packed:
            parts = PurePosixPath(member.name).parts
            if member.isdir():
                continue
            if not member.isfile() or member.name.startswith("/") or ".." in parts:
                raise SystemExit(f"MDL-109 {archive.name}: {member.name!r} is not a file of a model\n  fix: make train")
            target = model.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            with packed.extractfile(member) as content, target.open("wb") as written:
                shutil.copyfileobj(content, written)
    return model / "code" / "serve.py"


def command(base: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    """The command that serves the model of the last run, and its environment: no credentials, as in a container."""
    if not ARCHIVE.exists():
        raise SystemExit("MDL-109 out/model.tar.gz: there is no model here\n  fix: make train")
    program = unpacked(ARCHIVE, base)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAGEMAKER_", "OMP_"))}
    return [sys.executable, "-B", str(program), *words], kept | {"SAGEMAKER_BASE_DIR": str(base)}


if __name__ == "__main__":
    words, environment = command(OUT / "serve", *sys.argv[1:])
    os.execve(words[0], words, environment)  # noqa: S606 - the signals are for the server
