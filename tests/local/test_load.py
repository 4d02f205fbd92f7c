"""A short load of a local AWS of its own; `make bench ARGS=--load` has the whole one, and prints figures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.load import Size, figures

SHORT = Size(sequential=400, concurrent=100, idle=300, lines=20_000)


def test_many_requests_connections_and_lines_are_answered_in_bounded_memory(tmp_path: Path) -> None:
    found = {figure.name: figure.value for figure in figures(tmp_path, SHORT)}
    assert found["load-sequential-p99"] < 2_000
    assert found["load-concurrent-p99"] < 20_000
    assert found["load-idle-answer"] < 10
    assert found["load-answer-after"] < 10
    assert found["load-memory-lines"] < found["load-memory-before"] + 250


FULL = """
import sys
from pathlib import Path
from mlops_stages.local.client import process
directory = Path(sys.argv[1])
running = process.start(directory, 0)
try:
    with (directory / "full").open("wb") as filling:
        while True:
            filling.write(b"x" * 4096)
            filling.flush()
except OSError as error:
    print("full:", error.strerror)
import boto3, urllib.request
def client(service):
    return boto3.client(service, region_name="eu-west-1", endpoint_url=running.endpoint.url,
                        aws_access_key_id="111111111111", aws_secret_access_key=running.endpoint.secret)
s3 = client("s3")
s3.create_bucket(Bucket="some-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
s3.put_object(Bucket="some-bucket", Key="key", Body=b"1" * 100_000)
for _ in range(30):
    try:
        client("servicecatalog").describe_constraint(Id="x")  # which moto fails on, and the log tells
    except Exception as error:
        said = type(error).__name__
print("object:", len(s3.get_object(Bucket="some-bucket", Key="key")["Body"].read()))
print("answers:", process.status(directory) is not None)
(directory / "full").unlink()
print("stopped:", process.stop(directory))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a disk of its own takes Linux's namespaces")
def test_a_full_disk_stops_nothing_that_is_in_memory(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=2m tmpfs {disk} && exec {sys.executable} - {disk}"
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", mount], input=FULL, capture_output=True, text=True, timeout=120, check=False
    )
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"no disk of its own can be had here: {done.stderr.strip()[:200]}")
    assert done.stdout.splitlines() == [
        "full: No space left on device",
        "object: 100000",
        "answers: True",
        "stopped: True",
    ], done.stderr
