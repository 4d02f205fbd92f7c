"""A team's data across accounts: written by its jobs only, read by its people, older versions too, and by no other."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from mlops_stages.platform import DataClassification, Duty, Purpose
from tests.callers import Caller
from tests.end_to_end.arrivals import TEAM, Arrivals, place
from tests.end_to_end.conftest import PlatformUp
from tests.local.clients import refusal


@pytest.fixture
def arrivals(platform_up: PlatformUp) -> Arrivals:
    return Arrivals(platform_up)


@pytest.fixture
def kim(platform_up: PlatformUp) -> Caller:
    """Kim, a data scientist of arrivals, in her Studio of the experimentation account."""
    return platform_up.session_as("arrivals/kim-tran")


def curated(arrivals: Arrivals) -> tuple[str, str]:
    """Bucket and key of an object that is part of the dataset."""
    manifest = json.loads(arrivals.read(arrivals.package["dataset_manifest"]))
    return place(manifest["objects"][0]["uri"])


def test_a_data_scientist_reads_the_dataset_that_the_model_was_made_of(arrivals: Arrivals, kim: Caller) -> None:
    bucket, key = curated(arrivals)
    s3 = kim.client("s3")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read(4) == b"day,"
    manifest_bucket, manifest = place(arrivals.package["dataset_manifest"])
    assert json.loads(s3.get_object(Bucket=manifest_bucket, Key=manifest)["Body"].read())["team"] == TEAM
    folder = key.rpartition("/")[0]
    assert key in {each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix=folder)["Contents"]}


def test_a_data_scientist_reads_an_older_version_of_what_the_feature_store_wrote(
    arrivals: Arrivals, kim: Caller
) -> None:
    store, key = arrivals.feature_store().client("s3"), f"features/notes/{uuid4()}"
    first = store.put_object(Bucket=arrivals.data, Key=key, Body=b"first")["VersionId"]
    store.put_object(Bucket=arrivals.data, Key=key, Body=b"second")
    refusal(lambda: arrivals.data_jobs().client("s3").put_object(Bucket=arrivals.data, Key=key, Body=b"third"))
    s3 = kim.client("s3")
    assert s3.get_object(Bucket=arrivals.data, Key=key)["Body"].read() == b"second"
    assert s3.get_object(Bucket=arrivals.data, Key=key, VersionId=first)["Body"].read() == b"first"


@pytest.mark.parametrize("prefix", ["landing", "curated", "features", "labels", "manifests"])
def test_experimentation_writes_no_shared_data(arrivals: Arrivals, kim: Caller, prefix: str) -> None:
    _, key = curated(arrivals)
    administrator = arrivals.administrator(Purpose.EXPERIMENTATION)
    for s3 in (kim.client("s3"), administrator.client("s3")):
        refusal(lambda s3=s3: s3.put_object(Bucket=arrivals.data, Key=f"{prefix}/mine", Body=b"1"))
        refusal(lambda s3=s3: s3.delete_object(Bucket=arrivals.data, Key=key))


def test_no_team_reads_anothers_data(arrivals: Arrivals, kim: Caller, platform_up: PlatformUp) -> None:
    bucket, key = curated(arrivals)
    frauds = arrivals.addresses.data_bucket("fraud", DataClassification.INTERNAL)
    refusal(lambda: kim.client("s3").list_objects_v2(Bucket=frauds))
    refusal(lambda: kim.client("s3").get_object(Bucket=frauds, Key="curated/any"))
    ann = platform_up.session_as("fraud/ann-lee").client("s3")
    refusal(lambda: ann.get_object(Bucket=bucket, Key=key))
    refusal(lambda: ann.list_objects_v2(Bucket=bucket))
    engineer = arrivals.duty_of(platform_up.platform.team("fraud"), Duty.CURATE).client("s3")
    assert "Contents" not in engineer.list_objects_v2(Bucket=frauds, Prefix="landing/")
    refusal(lambda: engineer.get_object(Bucket=bucket, Key=key))


def test_a_team_that_has_not_come_so_far_reads_nothing(arrivals: Arrivals, platform_up: PlatformUp) -> None:
    bucket, key = curated(arrivals)
    tom = platform_up.session_as("pricing/tom-becker").client("s3")
    refusal(lambda: tom.get_object(Bucket=bucket, Key=key))


def test_a_data_engineer_lands_raw_data_and_curates_nothing_by_hand(arrivals: Arrivals) -> None:
    s3 = arrivals.duty(Duty.CURATE, "luis.vega@acme.example").client("s3")
    key = f"landing/notes/{uuid4()}"
    s3.put_object(Bucket=arrivals.data, Key=key, Body=b"raw")
    assert s3.get_object(Bucket=arrivals.data, Key=key)["Body"].read() == b"raw"
    for prefix in ("curated", "features", "manifests"):
        refusal(lambda prefix=prefix: s3.put_object(Bucket=arrivals.data, Key=f"{prefix}/mine", Body=b"1"))


def test_a_dataset_is_written_once_even_by_the_jobs_that_make_it(arrivals: Arrivals) -> None:
    s3, key = arrivals.data_jobs().client("s3"), f"curated/notes/{uuid4()}"
    s3.put_object(Bucket=arrivals.data, Key=key, Body=b"first", IfNoneMatch="*")
    refusal(lambda: s3.put_object(Bucket=arrivals.data, Key=key, Body=b"second"))
    again = {"Bucket": arrivals.data, "Key": key, "Body": b"second", "IfNoneMatch": "*"}
    refusal(lambda: s3.put_object(**again), code="PreconditionFailed")


def test_a_job_writes_data_of_its_own_classification_alone(arrivals: Arrivals) -> None:
    public = arrivals.addresses.data_bucket(TEAM, DataClassification.PUBLIC)
    sensitive, plain = arrivals.data_jobs(), arrivals.data_jobs(DataClassification.PUBLIC)
    for prefix in ("curated/notes", "manifests/notes"):
        once = {"Key": f"{prefix}/{uuid4()}.json", "Body": b"1", "IfNoneMatch": "*"}
        plain.client("s3").put_object(Bucket=public, **once)
        refusal(
            lambda once=once: sensitive.client("s3").put_object(Bucket=public, **{**once, "Key": f"{once['Key']}.json"})
        )
        assert sensitive.client("s3").get_object(Bucket=public, Key=once["Key"])["Body"].read() == b"1"
    _, key = curated(arrivals)
    refusal(lambda: plain.client("s3").get_object(Bucket=arrivals.data, Key=key))


def test_no_version_of_the_data_is_deleted(arrivals: Arrivals) -> None:
    """Neither by the jobs that wrote it nor by whoever may do everything in the account."""
    bucket, key = curated(arrivals)
    way_in = arrivals.up.way_in(arrivals.addresses.data).client("s3")
    version = way_in.head_object(Bucket=bucket, Key=key)["VersionId"]
    for who in (arrivals.data_jobs(), arrivals.duty(Duty.CURATE), arrivals.up.way_in(arrivals.addresses.data)):
        s3 = who.client("s3")
        refusal(lambda s3=s3: s3.delete_object(Bucket=bucket, Key=key, VersionId=version))


def test_the_pipeline_reads_curated_data_and_writes_none(arrivals: Arrivals) -> None:
    bucket, key = curated(arrivals)
    s3 = arrivals.pipeline().client("s3")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read(4) == b"day,"
    refusal(lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"other"))


def test_ci_reads_no_data(arrivals: Arrivals) -> None:
    bucket, key = curated(arrivals)
    for who in (arrivals.ci(), arrivals.deliver()):
        s3 = who.client("s3")
        refusal(lambda s3=s3: s3.get_object(Bucket=bucket, Key=key))
