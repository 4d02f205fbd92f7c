"""What a hostile job leaves for the local AWS to read, and how much it may print and keep."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from mlops_stages.local.server.sagemaker.jobs import logs
from mlops_stages.local.server.sagemaker.jobs.logs import LogStream
from tests.local.laboratory import Laboratory

SECRET = "of the user who started the local AWS"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that the server may read and no job may."""
    path = tmp_path / "secret"
    path.write_text(SECRET)
    path.chmod(0o600)
    return path


def test_links_fifos_and_sockets_of_an_output_are_left_out_and_named(laboratory: Laboratory, secret: Path) -> None:
    code = f"""
import os, socket
os.chdir('/opt/ml/processing/out')
open('kept', 'w').write('kept')
os.symlink({str(secret)!r}, 'link')
os.symlink('/', 'root')
os.symlink('/proc/self/environ', 'environment')
os.mkfifo('pipe')
s = socket.socket(socket.AF_UNIX); s.bind('socket')
"""
    job = laboratory.process(laboratory.processing(code))
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert [key.rsplit("/", 1)[1] for key in laboratory.keys("out")] == ["kept"]
    log = laboratory.log("Processing", job["ProcessingJobName"])
    left_out = {line.split("'")[1].rsplit("/", 1)[1] for line in log if "not uploaded" in line}
    assert left_out == {
        *("link (symbolic link)", "root (symbolic link)", "environment (symbolic link)", "pipe (FIFO)"),
        "socket (socket)",
    }


@pytest.mark.parametrize("where", ["out", "."])
def test_an_output_that_becomes_a_link_is_not_followed(laboratory: Laboratory, secret: Path, where: str) -> None:
    """The directory itself, or one above it."""
    code = f"""
import os, shutil
target = os.path.normpath('/opt/ml/processing/' + {where!r})
os.rename(target, '/opt/ml/moved')
os.symlink({str(secret.parent)!r}, target)
"""
    job = laboratory.process(laboratory.processing(code))
    assert laboratory.keys("out") == []
    assert SECRET not in str(job)


@pytest.mark.parametrize(
    "made",
    [
        "os.symlink({secret!r}, path)",
        "os.mkfifo(path)",
        "os.mkdir(path)",
        "os.rmdir(os.path.dirname(path)) or os.symlink({folder!r}, os.path.dirname(path))",
    ],
)
def test_a_message_that_is_no_file_is_none(laboratory: Laboratory, secret: Path, made: str) -> None:
    secret.with_name("message").write_text(SECRET)
    does = made.format(secret=str(secret), folder=str(secret.parent))
    code = f"import os\npath = '/opt/ml/output/message'\n{does}"
    job = laboratory.process(laboratory.processing(code))
    assert (job["ProcessingJobStatus"], job.get("ExitMessage")) == ("Completed", None)


def test_a_sparse_message_is_not_read_whole(laboratory: Laboratory) -> None:
    code = "f = open('/opt/ml/output/message', 'wb')\nf.write(b'said ')\nf.truncate(600 << 20)"
    message = laboratory.process(laboratory.processing(code))["ExitMessage"]
    assert message.startswith("said")
    assert len(message) <= 1024


def test_more_than_a_gigabyte_is_not_uploaded_however_little_it_takes_on_the_disk(laboratory: Laboratory) -> None:
    code = "open('/opt/ml/processing/out/sparse', 'wb').truncate(9 << 30)"
    job = laboratory.process(laboratory.processing(code))
    assert job["ProcessingJobStatus"] == "Failed"
    assert "more than 1024 MiB" in job["FailureReason"]


def test_a_models_archive_holds_files_and_directories_alone(laboratory: Laboratory, secret: Path) -> None:
    code = f"""
import os
os.chdir('/opt/ml/model')
os.mkdir('code')
open('code/model.bin', 'w').write('weights')
os.chmod('code/model.bin', 0o6755)
os.symlink({str(secret)!r}, 'link')
os.symlink('../../../../../etc/passwd', 'climbing')
os.link('code/model.bin', 'hard')
os.mkfifo('pipe')
"""
    job = laboratory.train(laboratory.training(code))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    archive = laboratory.get(job["ModelArtifacts"]["S3ModelArtifacts"])
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        members = {member.name: member for member in packed.getmembers()}
        assert {name: member.type for name, member in members.items()} == {
            "code": tarfile.DIRTYPE,
            "code/model.bin": tarfile.REGTYPE,
            "hard": tarfile.REGTYPE,
        }
        assert {oct(member.mode) for member in members.values() if member.isreg()} == {"0o755"}
        assert {(member.uid, member.gid, member.uname) for member in members.values()} == {(0, 0, "")}


def test_a_job_that_takes_too_much_fails_and_says_what(laboratory: Laboratory) -> None:
    code = "import os, time\nos.chdir('/opt/ml')\nfor _ in range(300): os.mkdir('d'); os.chdir('d')\ntime.sleep(60)"
    job = laboratory.process(laboratory.processing(code))
    assert job["ProcessingJobStatus"] == "Failed"
    assert "nested more than 100 deep" in job["FailureReason"]


def test_a_key_nested_too_deep_is_refused(laboratory: Laboratory) -> None:
    laboratory.put("raw/" + "d/" * 100 + "file", "x")
    job = laboratory.process(laboratory.processing("", inputs={"raw": laboratory.uri("raw")}))
    assert "nested more than 60 directories deep" in job["FailureReason"]


def test_two_million_lines_leave_their_beginning_and_their_end(laboratory: Laboratory) -> None:
    """Fewer here, over the same bounds."""
    code = "import sys\nsys.stdout.write(''.join(f'line {n}\\n' for n in range(60_000)))\nprint('the end')"
    job = laboratory.process(laboratory.processing(code))
    log = everything(laboratory, job["ProcessingJobName"])
    assert "line 0" in log[:3]
    assert log[-1] == "the end"
    assert len(log) <= 50_000 + 1_000 + 10
    (said,) = [line for line in log if "left out" in line]
    assert said.startswith("[local AWS] 9001 lines are left out here")


def everything(laboratory: Laboratory, job: str) -> list[str]:
    """All lines of a job's log, page by page."""
    client = laboratory.aws.client("logs", laboratory.account)
    group = "/aws/sagemaker/ProcessingJobs"
    stream = client.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")["logStreams"][0]
    place = {"logGroupName": group, "logStreamName": stream["logStreamName"], "startFromHead": True, "limit": 10_000}
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = client.get_log_events(**place, **token)
        found += [event["message"] for event in page["events"]]
        if page["nextForwardToken"] == token.get("nextToken"):
            return found
        token = {"nextToken": page["nextForwardToken"]}


class Role:
    """A role whose log client notes what is put."""

    def __init__(self) -> None:
        self.put: list[dict[str, object]] = []

    def client(self, _service: str) -> Role:
        return self

    def create_log_group(self, **_given: object) -> None: ...

    def create_log_stream(self, **_given: object) -> None: ...

    def put_log_events(self, *, logEvents: list[dict[str, object]], **_given: object) -> None:  # noqa: N803  # AWS's
        self.put += logEvents


@pytest.mark.parametrize(("length", "count"), [(1, 200_000), (60_000, 2_000)])
def test_a_log_is_bounded_by_lines_and_by_bytes(length: int, count: int) -> None:
    role = Role()
    stream = LogStream(role, "group", "stream")  # type: ignore[arg-type]
    for _ in range(count):
        stream.line("x" * length)
    stream.close()
    kept = sum(len(str(event["message"])) for event in role.put)
    assert len(role.put) <= logs.MOST_EVENTS + logs.LAST_EVENTS + 1
    assert kept <= logs.MOST_BYTES + logs.LAST_BYTES + 1000


def test_nothing_of_a_job_is_left_behind(laboratory: Laboratory) -> None:
    pid = laboratory.aws.ask("GET", "/_mlops-stages/process")[1]["pid"]
    jobs = Path(f"/proc/{pid}/cwd/jobs")
    before = set(jobs.iterdir()) if jobs.exists() else set[Path]()
    code = "import os\nos.makedirs('/opt/ml/a/b')\nos.chmod('/opt/ml/a/b', 0)\nos.chmod('/opt/ml/a', 0)"
    laboratory.process(laboratory.processing(code))
    assert set(jobs.iterdir()) - before == set()
