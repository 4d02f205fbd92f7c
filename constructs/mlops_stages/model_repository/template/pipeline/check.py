"""Check: pipeline/definition.json is what pipeline.py compiles to. Standard library only, so that every CI can run it.

definition.lock holds the SHA-256 of the definition and of the sources that it was compiled from.
"""

import hashlib
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("model.yaml", "requirements-pipeline.txt", "pipeline/*.py")
DEFINITION = "pipeline/definition.json"
LOCK = "pipeline/definition.lock"


def lock(root: Path) -> str:
    """What definition.lock must be for the files as they are."""
    sources = sorted(path for pattern in SOURCES for path in root.glob(pattern))
    checksums = {path.relative_to(root).as_posix(): _checksum(path) for path in [root / DEFINITION, *sources]}
    return json.dumps(checksums, indent=2) + "\n"


def differences(root: Path) -> list[str]:
    """What was changed after the last `make compile`; nothing if the definition is up to date."""
    try:
        locked = dict(json.loads((root / LOCK).read_text("utf-8")))
        present = json.loads(lock(root))
    except FileNotFoundError as error:
        return [f"{Path(error.filename).relative_to(root)} is missing"]
    except (TypeError, ValueError):
        return [f"{LOCK} cannot be read, which `make compile` wrote"]
    names = [*present, *(name for name in locked if name not in present)]
    return [
        f"{name} {_how(locked.get(name), present.get(name))}" for name in names if locked.get(name) != present.get(name)
    ]


def _how(locked: str | None, present: str | None) -> str:
    return "is new" if locked is None else "is gone" if present is None else "has changed"


def _checksum(path: Path) -> str:
    content = path.read_bytes().replace(b"\r\n", b"\n")  # whatever line ends git checks out
    return hashlib.sha256(content).hexdigest()


def main() -> int:
    """Say what is stale, and return the exit code."""
    found = differences(ROOT)
    if not found:
        print(f"{DEFINITION} is up to date")
        return 0
    listed = "\n".join(f"  {each}" for each in found)
    print(
        f"MDL-101 {DEFINITION}: not what the last `make compile` wrote from its sources\n{listed}\n  fix: make compile",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
