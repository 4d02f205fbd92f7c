"""Build a release into dist/: the wheel, the source archive, what the wheel is made of, and the hashes of all three.

`python -m release.dist` builds the commit that is checked out, from an export of it: no file that git does not know, no
clock, no user, no umask and no place goes into the archives, so that whoever builds the commit gets the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from release.sbom import ROOT, text

SUMS = "SHA256SUMS"


def build(source: Path, out: Path, *, epoch: int, python: str = sys.executable) -> list[Path]:
    """Build wheel and source archive of a directory, dated `epoch` (seconds since 1970); return the files made.

    Without network: the build backend is the environment's own. CalledProcessError where it fails.
    """
    out.mkdir(parents=True, exist_ok=True)
    variables = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [python, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)]
    subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    (wheel,) = out.glob("*.whl")
    (archive,) = out.glob("*.tar.gz")
    sbom = out / f"{wheel.name.partition('-py3')[0]}.cdx.json"
    document = json.loads((source / "mlops-stages.cdx.json").read_text("utf-8"))
    document["metadata"]["component"]["hashes"] = [{"alg": "SHA-256", "content": checksum(wheel)}]
    sbom.write_text(text(document), encoding="utf-8")
    made = sorted([wheel, archive, sbom])
    (out / SUMS).write_text("".join(f"{checksum(path)}  {path.name}\n" for path in made), encoding="utf-8")
    return [*made, out / SUMS]


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def export(directory: Path) -> int:
    """Write the files of the commit that is checked out; return when it was made, in seconds since 1970."""
    packed = directory / "export.tar"
    packed.write_bytes(_git("archive", "--format=tar", "HEAD"))
    with tarfile.open(packed) as archive:
        # Not by the argument `filter`, which Python has since 3.11.4 only.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(directory / "source")  # noqa: S202  # the commit itself
    packed.unlink()
    return int(_git("log", "-1", "--format=%ct", "HEAD"))


def _git(*words: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *words], stdout=subprocess.PIPE, check=True).stdout


def main() -> int:
    """Build the commit that is checked out."""
    out = ROOT / "dist"
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        epoch = export(Path(folder))
        made = build(Path(folder, "source"), out, epoch=epoch)
    if _git("status", "--porcelain"):
        sys.stderr.write("What is changed here and not committed is not in it\n")
    sys.stdout.write((out / SUMS).read_text("utf-8"))
    return 0 if made else 1


if __name__ == "__main__":
    sys.exit(main())
