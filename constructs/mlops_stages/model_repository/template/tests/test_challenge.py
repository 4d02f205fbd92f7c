"""Requests of production are scored as an endpoint would score them; what it would refuse is left out and counted."""

import csv
import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

import challenge
import dataset_manifest
import flights
import input_schema
import numpy as np
import pandas as pd
import pytest
import request_rows
import scoring
from conftest import csv_of
from input_schema import Field, Schema

SCHEMA = Schema(
    (
        Field(name="hour", type="integer", minimum=0, maximum=23, seen=(0, 23)),
        Field(name="dest", type="category", unseen="accept", seen=("IAH",)),
        Field(name="temp", type="number", missing="accept", seen=(0, 9)),
    )
)
HEADER = "decision_id,hour,dest,temp"
URI = "s3://acme-arrivals-internal/candidates/late-arrival/2013-09-02/requests.csv.gz"


class Hours:
    """A model whose score is the hour's part of a day."""

    def predict_proba(self, rows: pd.DataFrame) -> np.ndarray:
        hours = rows["hour"].to_numpy() / 32
        return np.column_stack([1 - hours, hours])


def requests(folder: Path, *lines: str, header: str = HEADER) -> Path:
    """A folder with requests, as the platform leaves them."""
    return packed(folder, "".join(f"{line}\r\n" for line in (header, *lines)).encode())


def packed(folder: Path, content: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / challenge.REQUESTS).write_bytes(gzip.compress(content, mtime=0))
    return folder


def ids(folder: Path) -> list[str]:
    """The ids of the rows that are scored."""
    return refused(folder)[0]


def refused(folder: Path) -> tuple[list[str], int]:
    """The ids of the rows that are scored, and how many are refused."""
    scored, count = challenge.score(folder / challenge.REQUESTS, Hours(), SCHEMA)
    return [name for name, _ in scored], count


def test_each_request_has_its_score_in_the_order_of_ids(tmp_path: Path) -> None:
    folder = requests(tmp_path / "in", "b,8,IAH,1.5", "a,16,JFK,", "c,4,IAH,2")
    about = challenge.write(folder, URI, "2013-09-01", Hours(), SCHEMA, tmp_path)
    content = (tmp_path / "challenge.csv").read_bytes()
    assert content == b"decision_id,score\r\na,0.5\r\nb,0.25\r\nc,0.125\r\n"
    assert about == {
        "file": "challenge.csv",
        "sha256": hashlib.sha256(content).hexdigest(),
        "rows": 3,
        "refused": 0,
        "requests": URI,
        "requests_sha256": dataset_manifest.file_checksum(folder / challenge.REQUESTS),
        "train_before": "2013-09-01",
    }


def test_an_endpoint_would_give_the_same_scores(rows: pd.DataFrame, served_base: Path, tmp_path: Path) -> None:
    schema = input_schema.read(served_base / "model")
    model = scoring.load(served_base / "model" / scoring.FILE)
    lines = csv_of(rows, 0, 300)
    header = ",".join(["decision_id", *flights.FEATURES])
    challenge.write(packed(tmp_path / "in", f"{header}\n{lines}".encode()), URI, "2013-09-01", model, schema, tmp_path)
    served = request_rows.parse(lines.encode(), request_rows.CSV, schema)
    expected = dict(zip(served.ids, scoring.scores(model, schema, served.columns), strict=True))
    with (tmp_path / challenge.FILE).open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))[1:]
    assert {each: float(score) for each, score in found} == expected
    assert [each for each, _ in found] == sorted(expected)


@pytest.mark.parametrize(
    "line",
    [
        "x,24,IAH,1",
        "x,1.5,IAH,1",
        "x,,IAH,1",
        "x,nan,IAH,1",
        "x,1e999,IAH,1",
        "x,0x10,IAH,1",
        "x,\uff11,IAH,1",
        f"x,{'1' * 41},IAH,1",
        "x,8,,1",
        f"x,8,{'A' * 257},1",
        "x,8,A\tB,1",
        "x,8,IAH\0,1",
        "x,8,IAH",
        "x,8,IAH,1,",
        "x",
        "",
        ",8,IAH,1",
        "\x1b[2J,8,IAH,1",
        '"x\n",8,IAH,1',
        f"{'x' * 201},8,IAH,1",
        f"{'é' * 101},8,IAH,1",
    ],
)
def test_a_row_that_serve_would_refuse_is_counted_and_left_out(tmp_path: Path, line: str) -> None:
    assert refused(requests(tmp_path / "in", "b,8,IAH,1", line, "a,9,IAH,1")) == (["a", "b"], 1)


@pytest.mark.parametrize("name", ["x" * 200, "event-1#2", "=1+1", "a,b", 'a"b', "é"])
def test_ids_are_written_as_they_came(tmp_path: Path, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    challenge.write(requests(tmp_path / "in", f"{quoted},8,IAH,1"), URI, "2013-09-01", Hours(), SCHEMA, tmp_path)
    with (tmp_path / challenge.FILE).open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file, strict=True))[1:] == [[name, "0.25"]]


def test_of_rows_with_the_same_id_none_is_scored(tmp_path: Path) -> None:
    folder = requests(tmp_path / "in", "a,8,IAH,1", "b,8,IAH,1", "b,9,IAH,1", "c,8,IAH,1", "c,many,IAH")
    assert refused(folder) == (["a"], 4)


def test_however_many_rows_are_scored_at_once_the_scores_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"{number % 7},{number % 24},IAH," for number in range(5)] + ["9,8,IAH,x", "b,8,IAH,1", "0,9,IAH,1"]
    folder = requests(tmp_path / "in", *lines)
    whole = challenge.score(folder / challenge.REQUESTS, Hours(), SCHEMA)
    for at_once in (1, 2, 3, 8):
        monkeypatch.setattr(challenge, "AT_ONCE", at_once)
        assert challenge.score(folder / challenge.REQUESTS, Hours(), SCHEMA) == whole
    assert whole == ([("1", 1 / 32), ("2", 2 / 32), ("3", 3 / 32), ("4", 4 / 32), ("b", 0.25)], 3)


def test_where_every_row_is_refused_or_there_is_none_the_scores_are_empty(tmp_path: Path) -> None:
    for number, lines in enumerate([(), ("a,many,IAH,1", "b,99,IAH,1")]):
        folder = requests(tmp_path / str(number), *lines)
        about = challenge.write(folder, URI, "2013-09-01", Hours(), SCHEMA, tmp_path)
        assert (about["rows"], about["refused"]) == (0, len(lines))
        assert (tmp_path / challenge.FILE).read_bytes() == b"decision_id,score\r\n"


@pytest.mark.parametrize(
    "header",
    ["hour,dest,temp", "decision_id,dest,hour,temp", "decision_id,hour,dest", f"{HEADER},late", f"\ufeff{HEADER}", ""],
)
def test_requests_of_other_fields_are_refused(tmp_path: Path, header: str) -> None:
    with pytest.raises(ValueError, match=r"requests.csv.gz: it begins with .*, the model takes decision_id,hour,dest"):
        ids(requests(tmp_path / "in", "a,8,IAH,1", header=header))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (f'{HEADER}\r\na,8,"IAH,1\r\n'.encode(), "record 2 is not CSV"),
        (f'{HEADER}\r\na,8,IAH,1\r\nb,8,"I"AH,1\r\n'.encode(), "record 3 is not CSV"),
        (f"{HEADER}\r\na,8,".encode() + b"\xff,1\r\n", "record 2 is not UTF-8"),
    ],
)
def test_requests_that_are_not_csv_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ids(packed(tmp_path / "in", content))


@pytest.mark.parametrize("spoil", [lambda content: content[:-9], lambda content: b"PK" + content, lambda _: b""])
def test_requests_that_cannot_be_unpacked_are_refused(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path = requests(tmp_path / "in", *(f"{number},8,IAH,1" for number in range(99))) / challenge.REQUESTS
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ValueError, match=r"cannot be unpacked|is empty"):
        challenge.score(path, Hours(), SCHEMA)


def test_what_unpacks_to_too_much_is_refused_before_all_of_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="a row has more than 65536 bytes"):
        ids(packed(tmp_path / "line", f"{HEADER}\n".encode() + b"," * 10_000_000))
    with pytest.raises(ValueError, match="a row has more than 65536 bytes"):
        ids(packed(tmp_path / "record", f"{HEADER}\n".encode() + b'"a\n",' * 100_000))
    monkeypatch.setattr(challenge, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="it has more than 1000 bytes unpacked"):
        ids(requests(tmp_path / "bytes", *(f"{number},8,IAH,1" for number in range(99))))
    monkeypatch.setattr(challenge, "MOST_ROWS", 2)
    assert len(ids(requests(tmp_path / "rows", "a,8,IAH,1", "b,8,IAH,1"))) == 2
    with pytest.raises(ValueError, match="it has more than 2 rows"):
        ids(requests(tmp_path / "rows", "a,8,IAH,1", "b,8,IAH,1", "c,8,IAH,1"))


@pytest.mark.parametrize("names", [(), ("fe63c886f48b3d38.json",), (challenge.REQUESTS, f"{challenge.REQUESTS}.bak")])
def test_anything_but_one_object_of_requests_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    (tmp_path / "in").mkdir()
    for name in names:
        (tmp_path / "in" / name).touch()
    with pytest.raises(ValueError, match=r"RequestsUri must name one object requests\.csv\.gz"):
        challenge.write(tmp_path / "in", URI, "2013-09-01", Hours(), SCHEMA, tmp_path)


def test_a_model_that_gives_no_finite_score_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "scores", lambda *_: [float("nan")])
    with pytest.raises(ValueError, match="a finite score for each row"):
        challenge.write(requests(tmp_path / "in", "a,8,IAH,1"), URI, "2013-09-01", Hours(), SCHEMA, tmp_path)
    assert not (tmp_path / challenge.FILE).exists()
