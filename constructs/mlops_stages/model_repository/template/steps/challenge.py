"""The challenge: requests that production has captured, scored by the version just trained.

The platform compares these scores with those of the version that serves, row by row. It leaves the requests in one
object, requests.csv.gz: a header `decision_id` and the schema's fields, an empty cell for a missing value. A row that
`serve` would refuse is left out and counted. A file in another form fails the run.
"""

import csv
import gzip
import itertools
import math
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dataset_manifest
import request_rows
import scoring
from input_schema import ID, Schema

REQUESTS = "requests.csv.gz"
FILE = "challenge.csv"
SCORE = "score"
MOST_ROWS = 500_000
MOST_BYTES = 1024 * 1024 * 1024
"""Of the requests, unpacked: enough for 500,000 rows of 100 numbers."""
LONGEST_RECORD = 65_536  # bytes of one row, as in serving/request_rows.py
LONGEST_ID = 200  # bytes
AT_ONCE = 20_000  # rows: what is unpacked never lies in memory as a whole

Scored = tuple[str, float]


def write(folder: Path, uri: str, train_before: str, model: Any, schema: Schema, output: Path) -> dict[str, Any]:
    """Score the requests in `folder`, write challenge.csv; return what evaluation.json says about it.

    ValueError where the folder holds anything but one file of requests, or a score is not a finite number.
    """
    names = sorted(path.name for path in folder.iterdir())
    if names != [REQUESTS]:
        raise ValueError(
            f"RequestsUri must name one object {REQUESTS}, or the dataset's manifest where there are no requests; "
            f"found {', '.join(names[:3])[:200]!a}"
        )
    scored, refused = score(folder / REQUESTS, model, schema)
    with (output / FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([ID, SCORE])
        writer.writerows(scored)
    return {
        "file": FILE,
        "sha256": dataset_manifest.file_checksum(output / FILE),
        "rows": len(scored),
        "refused": refused,
        "requests": uri,
        "requests_sha256": dataset_manifest.file_checksum(folder / REQUESTS),
        "train_before": train_before,
    }


def score(path: Path, model: Any, schema: Schema) -> tuple[list[Scored], int]:
    """The scores of the rows that `serve` would score, in the order of their ids, and how many rows it would refuse.

    Of rows with the same id none is taken: nobody could say which of them a score is of. ValueError where the file is
    not in its form, or a score is not a finite number.
    """
    count, times = 0, Counter[str]()
    scored: list[Scored] = []
    records = _records(path, [ID, *schema.names])
    while some := list(itertools.islice(records, AT_ONCE)):
        count += len(some)
        rows = [record for record in some if record and _is_id(record[0])]
        times.update(record[0] for record in rows)
        scored += _scored(rows, model, schema)
    scored = sorted(row for row in scored if times[row[0]] == 1)
    return scored, count - len(scored)


def _scored(rows: Sequence[list[str]], model: Any, schema: Schema) -> Iterator[Scored]:
    fit = [row for row in rows if len(row) == 1 + len(schema.names) and "\0" not in "".join(row)]
    if not fit:
        return
    faults = request_rows.Faults()
    cells = [[cell or None for cell in row[1:]] for row in fit]
    columns, _ = request_rows.checked(cells, schema, faults, as_text=True)
    kept = [place for place in range(len(fit)) if place + 1 not in faults.rows]
    if not kept:
        return
    taken = {name: [column[place] for place in kept] for name, column in columns.items()}
    scores = scoring.scores(model, schema, taken)
    if len(scores) != len(kept) or not all(map(math.isfinite, scores)):
        raise ValueError(f"{REQUESTS}: the model did not give a finite score for each row")
    yield from zip((fit[place][0] for place in kept), scores, strict=True)


def _is_id(text: str) -> bool:
    return 0 < len(text.encode()) <= LONGEST_ID and text.isprintable()


def _records(path: Path, header: Sequence[str]) -> Iterator[list[str]]:
    """The records after the header; ValueError where the file is too large, or is not gzip, UTF-8 and CSV."""
    count = -1
    try:
        with gzip.open(path, "rb") as file:
            for record in _Reader(file):
                count += 1
                if count > MOST_ROWS:
                    raise ValueError(f"it has more than {MOST_ROWS} rows")
                if count > 0:
                    yield record
                elif record != [*header]:
                    raise ValueError(f"it begins with {','.join(record)[:200]!a}, the model takes {','.join(header)}")
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{REQUESTS}: it cannot be unpacked ({type(error).__name__})") from None
    except csv.Error:
        raise ValueError(f"{REQUESTS}: record {count + 2} is not CSV as RFC 4180 has it") from None
    except UnicodeDecodeError:
        raise ValueError(f"{REQUESTS}: record {count + 2} is not UTF-8 text") from None
    except ValueError as error:
        raise ValueError(f"{REQUESTS}: {error}") from None
    if count < 0:
        raise ValueError(f"{REQUESTS}: it is empty")


class _Reader:
    """The records of CSV, read line by line within bounds: a small file may unpack to a very large one."""

    def __init__(self, file: gzip.GzipFile) -> None:
        self._file = file
        self._of_record = 0
        self._size = 0

    def __iter__(self) -> Iterator[list[str]]:
        for record in csv.reader(self._lines(), strict=True):
            self._of_record = 0
            yield record

    def _lines(self) -> Iterator[str]:
        while line := self._file.readline(LONGEST_RECORD + 1):
            self._of_record += len(line)
            self._size += len(line)
            if self._of_record > LONGEST_RECORD:
                raise ValueError(f"a row has more than {LONGEST_RECORD} bytes")
            if self._size > MOST_BYTES:
                raise ValueError(f"it has more than {MOST_BYTES} bytes unpacked")
            yield line.decode("utf-8")
