"""A dataset version is named for its bytes, and its manifest says where they are and what they were made of."""

import base64
import hashlib
import io
from pathlib import Path
from typing import Any

import curate
import pandas as pd
import pytest
from botocore.exceptions import ClientError
from folders import LocalFolder, S3Folder

ABOUT = {"team": "a-team", "classification": "internal", "commit": "abc", "created_by": "a test"}
FLIGHTS = """\
year,month,day,arr_delay,carrier,tailnum,origin,dest,distance,hour,time_hour
2013,1,31,16,UA,N1,EWR,IAH,1400,5,2013-01-31T10:00:00Z
2013,2,1,15,UA,N1,EWR,IAH,1400,5,2013-02-01T10:00:00Z
2013,2,1,NA,UA,N1,EWR,IAH,1400,5,2013-02-01T10:00:00Z
2013,3,1,99,UA,N1,EWR,IAH,1400,5,2013-03-01T10:00:00Z
"""
WEATHER = """\
origin,time_hour,temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,visib
EWR,2013-01-31T09:00:00Z,39.5,1,1,1,1,1,1,1,1
EWR,2013-01-31T10:00:00Z,99.9,1,1,1,1,1,1,1,1
"""
PLANES = "tailnum,year,seats\nN1,2003,149\n"


class Bucket:
    """As much of S3 as a versioned bucket needs here."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(
        self, *, Bucket: str, Key: str, Body: bytes, ChecksumSHA256: str, IfNoneMatch: str
    ) -> dict[str, Any]:
        assert IfNoneMatch == "*"
        if Key in self.objects:
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "PutObject")
        assert base64.b64decode(ChecksumSHA256) == hashlib.sha256(Body).digest()
        self.objects[Key] = Body
        return {"VersionId": f"v{len(self.objects)}"}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self.objects[Key]), "VersionId": "v1"}

    def list_objects_v2(self, *, Bucket: str, Prefix: str, MaxKeys: int) -> dict[str, Any]:
        return {"Contents": [{"Key": key} for key in sorted(self.objects) if key.startswith(Prefix)][:MaxKeys]}


@pytest.fixture
def rows() -> pd.DataFrame:
    """Two months of curated flights."""
    raw = {"flights.csv": FLIGHTS, "weather.csv": WEATHER, "planes.csv": PLANES}
    return curate.curated({name: pd.read_csv(io.StringIO(text)) for name, text in raw.items()}, "2013-01", "2013-02")


def test_only_arrivals_of_the_months_asked_for_are_taken(rows: pd.DataFrame) -> None:
    assert list(rows["day"]) == ["2013-01-31", "2013-02-01"]


def test_late_is_more_than_15_minutes(rows: pd.DataFrame) -> None:
    assert list(rows["late"]) == [1, 0]


def test_the_weather_is_that_of_an_hour_before(rows: pd.DataFrame) -> None:
    assert rows["temp"][0] == 39.5


def test_planes_have_an_age(rows: pd.DataFrame) -> None:
    assert list(rows["plane_age"]) == [10, 10]


def test_the_same_rows_are_the_same_version(rows: pd.DataFrame, tmp_path: Path) -> None:
    first, second = (
        curate.publish(rows, LocalFolder(tmp_path / name), LocalFolder(tmp_path / f"{name}-m"), [], **ABOUT)[0]
        for name in ("a", "b")
    )
    assert first.version == second.version
    assert [each.key for each in first.objects] == ["flights-2013-01.csv", "flights-2013-02.csv"]


def test_in_s3_every_object_is_named_with_its_version(rows: pd.DataFrame) -> None:
    s3 = Bucket()
    curated, manifests = S3Folder("s3://b/curated/", s3), S3Folder("s3://b/manifests/", s3)
    manifest, where = curate.publish(rows, curated, manifests, [], **ABOUT)
    assert [(each.uri, each.version_id) for each in manifest.objects] == [
        (f"s3://b/curated/flights/{manifest.version}/flights-2013-01.csv", "v1"),
        (f"s3://b/curated/flights/{manifest.version}/flights-2013-02.csv", "v2"),
    ]
    assert where.uri == f"s3://b/manifests/flights/{manifest.version}.json"


def test_what_an_interrupted_run_wrote_is_taken_as_it_is(rows: pd.DataFrame) -> None:
    s3 = Bucket()
    places = S3Folder("s3://b/curated", s3), S3Folder("s3://b/manifests", s3)
    manifest, where = curate.publish(rows, *places, [], **ABOUT)
    del s3.objects[where.uri.removeprefix("s3://b/")]
    assert curate.publish(rows, *places, [], **ABOUT)[0].version == manifest.version


def test_other_bytes_under_a_name_that_is_taken_are_refused(rows: pd.DataFrame) -> None:
    s3 = Bucket()
    places = S3Folder("s3://b/curated", s3), S3Folder("s3://b/manifests", s3)
    manifest, where = curate.publish(rows, *places, [], **ABOUT)
    del s3.objects[where.uri.removeprefix("s3://b/")]
    s3.objects[f"curated/flights/{manifest.version}/flights-2013-01.csv"] = b"something else"
    with pytest.raises(SystemExit, match="holds other bytes already"):
        curate.publish(rows, *places, [], **ABOUT)


def test_a_version_that_is_there_is_never_written_again(rows: pd.DataFrame) -> None:
    s3 = Bucket()
    places = S3Folder("s3://b/curated", s3), S3Folder("s3://b/manifests", s3)
    first = curate.publish(rows, *places, [], **ABOUT)
    before = dict(s3.objects)
    second = curate.publish(rows, *places, [], **{**ABOUT, "commit": "another"})
    assert s3.objects == before
    assert (second[0], second[1].sha256) == (first[0], first[1].sha256)
