"""The reference model's real stream: each flight of 2013 as its callers would send it, and what became of it.

Made of the files that the team's data engineer has landed, by the code of the model's own repository, in its own image.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from mlops_stages.drill.facts import Proof
from mlops_stages.drill.people import Clients
from mlops_stages.errors import UserError
from mlops_stages.local import containers
from mlops_stages.local.containers import trees

DATASET = "flights"
FIRST, LAST = date(2013, 5, 1), date(2013, 12, 31)
"""What comes after the months that the model was trained on."""
_RAW = ("flights.csv", "planes.csv", "weather.csv")
_CODE, _LANDING, _MADE = "/opt/ml/code", "/opt/ml/landing", "/opt/ml/made"
_SECONDS, _LAST_LINES = 600, 8
_MOST_BYTES = 2 * containers.GIB
SCRIPT = """
import sys
from pathlib import Path
import curate, flights
import pandas as pd
landing, made, first, last = Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]
raw = {name: pd.read_csv(landing / name, low_memory=False) for name in curate.RAW}
rows = curate.curated(raw, first[:7], last[:7])
rows = rows[rows[flights.DAY].between(first, last)].sort_values([flights.DAY, "hour"], kind="stable")
columns = [flights.DAY, "at", flights.LABEL, *flights.FEATURES]
rows.assign(at=rows["hour"])[columns].to_csv(made / "rows.csv", index=False, header=False, lineterminator="\\n")
"""
"""Writes a line a flight: day, hour, label, and what the model takes."""


@dataclass(frozen=True, kw_only=True)
class Hour:
    """The flights of an hour: what is sent, a row each as CSV, and their labels in that order."""

    day: date
    hour: int
    rows: tuple[str, ...]
    labels: tuple[int, ...]

    @property
    def body(self) -> bytes:
        """The request."""
        return "".join(f"{row}\n" for row in self.rows).encode()

    def inference_id(self, clock: date) -> str:
        """The id of the request when it is sent on a day of the clock: the same stream twice has other ids."""
        return f"{self.day}T{self.hour:02}.{clock:%Y%m%d}"

    def decision_ids(self, clock: date) -> Iterator[str]:
        """The ids that its rows get: their number after the id of the request."""
        return (f"{self.inference_id(clock)}:{number}" for number in range(1, len(self.rows) + 1))


@dataclass(frozen=True)
class Stream:
    """Hours by day; `sources` are the files that they are made of."""

    hours: Mapping[date, Sequence[Hour]]
    sources: tuple[Proof, ...] = ()

    def days(self, first: date, last: date) -> list[date]:
        """The days from one to another that have flights."""
        days = (first + timedelta(days=back) for back in range((last - first).days + 1))
        return [day for day in days if day in self.hours]


def hours_of(lines: Iterator[str]) -> dict[date, list[Hour]]:
    """Hours from the script's lines, which come by day and hour. ValueError for anything else."""
    found: dict[date, list[Hour]] = {}
    rows: dict[tuple[str, str], tuple[list[str], list[int]]] = {}
    for line in lines:
        day, hour, label, row = line.rstrip("\n").split(",", 3)
        kept = rows.setdefault((day, hour), ([], []))
        kept[0].append(row)
        kept[1].append(int(label))
    for (day, hour), (sent, labels) in rows.items():
        made = Hour(day=date.fromisoformat(day), hour=int(hour), rows=tuple(sent), labels=tuple(labels))
        found.setdefault(made.day, []).append(made)
    return found


def fetched(
    engineer: Clients, bucket: str, scripts: Sequence[tuple[str, bytes]], python: Path, first: date, last: date
) -> Stream:
    """The stream from one day to another, both included, of what has landed in the team's bucket.

    Errors: DRL-003 the repository's code makes no rows of it, or nothing has landed.
    """
    s3, sources = engineer("s3"), list[Proof]()
    with tempfile.TemporaryDirectory(prefix="mlops-stages-") as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)  # in a container of root's the command is nobody's
        landing, code, made = (folder / each for each in ("landing", "code", "made"))
        for each in (landing, code, made):
            each.mkdir(mode=0o755)
        for file in _RAW:
            answer = s3.get_object(Bucket=bucket, Key=f"landing/{DATASET}/{file}")
            content: bytes = answer["Body"].read()
            _put(landing / file, content)
            where = f"s3://{bucket}/landing/{DATASET}/{file}"
            sources.append(Proof(kind="object", where=where, says=f"sha256 {hashlib.sha256(content).hexdigest()}"))
        for script, content in (*scripts, ("drill_stream.py", SCRIPT.encode())):
            _put(code / script, content)
        try:
            _run(python, {_CODE: code, _LANDING: landing}, made, first, last)
            with (made / "rows.csv").open(encoding="utf-8") as lines:
                hours = hours_of(lines)
        except (OSError, ValueError) as error:
            raise _not_made(str(error)) from error
        finally:
            trees.remove(made)
    return Stream(hours, tuple(sources))


def _put(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o644)


def _run(python: Path, readable: Mapping[str, Path], made: Path, first: date, last: date) -> None:
    container = containers.Container(
        python=python,
        readable=dict(readable),
        writable={_MADE: made},
        directory=_MADE,
        limits=containers.of_machine(disk=_MOST_BYTES),
    )
    said: deque[str] = deque(maxlen=_LAST_LINES)
    command = ["python3", f"{_CODE}/drill_stream.py", _LANDING, _MADE, str(first), str(last)]
    try:
        ending, status = containers.run(container, command, seconds=_SECONDS, on_line=said.append)
    except containers.ContainerError as error:
        raise _not_made(str(error)) from error
    if ending != "exited" or status != 0:
        raise _not_made("\n".join(said) or f"{ending}, exit code {status}")


def _not_made(told: str) -> UserError:
    return UserError(
        "DRL-003",
        f"landing/{DATASET}",
        f"the repository's code makes no rows of what has landed:\n{told}",
        "run `mlops-stages up` again: it lands the reference data and trains the model",
        exit_code=1,
    )
