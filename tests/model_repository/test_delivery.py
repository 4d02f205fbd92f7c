"""What CI does on the branch: the image once, the steps under their commit, and a start by the role for it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlops_stages.local.client.model_runs.repository import DELIVERED
from mlops_stages.model_repository import Answers
from mlops_stages.model_repository.rendering import write

COMMIT = "8f0d98a26cafedcc8de03870753217f9191f39d0"
DIGEST = "sha256:" + "a" * 64
BASE_IMAGE = f"python:3.11-slim@sha256:{'b' * 64}"
DATASET = {
    "DatasetUri": "s3://acme-arrivals-internal-444444444444/curated/flights/fe63c886f48b3d38/",
    "DatasetManifestUri": "s3://acme-arrivals-internal-444444444444/manifests/flights/fe63c886f48b3d38.json",
    "DatasetManifestSha256": "c" * 64,
}
AWS = """#!/bin/sh
echo "$AWS_ACCESS_KEY_ID aws $*" >> "$CALLS"
case "$1 $2" in
"ecr describe-images")
    test -e "$PUSHED" || exit 254
    case "$*" in
    *imageDigest*) echo "DIGEST" ;;
    *artifactMediaType*) echo "${ARTIFACT:-application/vnd.docker.container.image.v1+json}" ;;
    *) cat "$PUSHED" ;;
    esac
    ;;
"s3api put-object"|"s3api get-object"|"s3api list-objects-v2")
    call="$2" bucket="" key="" body="" prefix="" condition=""
    shift 2
    while test $# -gt 0; do
        case "$1" in
        --bucket) bucket="$2"; shift ;;
        --key) key="$2"; shift ;;
        --body) body="$2"; shift ;;
        --prefix) prefix="$2"; shift ;;
        --if-none-match) condition="$2"; shift ;;
        --query|--output) shift ;;
        *) body="$1" ;;
        esac
        shift
    done
    case "$call" in
    put-object)
        test "$condition" = '*' || { echo "(AccessDenied)" >&2; exit 254; }
        test ! -e "$STORE/$key" || { echo "An error occurred (PreconditionFailed)" >&2; exit 254; }
        mkdir -p "$(dirname "$STORE/$key")" && cp "$body" "$STORE/$key" ;;
    get-object) cp "$STORE/$key" "$body" ;;
    list-objects-v2) cd "$STORE" && find "$prefix" -type f | tr '\n' '\t' ;;
    esac
    ;;
"sts assume-role") printf 'deliver\\tsecret\\ttoken\\n' ;;
"codeartifact get-repository-endpoint") echo "https://acme.d.codeartifact.amazonaws.com/pypi/shared/" ;;
*) echo "said" ;;
esac
"""
DOCKER = """#!/bin/sh
echo "docker $*" >> "$CALLS"
case "$*" in
*"--target sbom"*) mkdir -p out && echo '{}' > out/image.cdx.json ;;
"buildx build"*)
    echo "pip $PIP_INDEX_URL" >> "$CALLS"
    echo "${TYPE:-application/vnd.docker.distribution.manifest.v2+json}" > "$PUSHED"
    ;;
esac
"""


@dataclass(frozen=True)
class Ci:
    """A machine of CI whose `aws` and `docker` write down how they were called."""

    directory: Path

    def deliver(self, **variables: str) -> subprocess.CompletedProcess[str]:
        """Deliver the commit."""
        environment = {
            "PATH": f"{self.directory / 'bin'}:{os.environ['PATH']}",
            "CALLS": str(self.directory / "calls"),
            "PUSHED": str(self.directory / "pushed"),
            "STORE": str(self.directory / "store"),
            "AWS_ACCESS_KEY_ID": "ci",
            "COMMIT": COMMIT,
            "BASE_IMAGE": BASE_IMAGE,
            "AUTHOR": "Ann Lee <ann.lee@acme.example>",
            "STARTED_BY": "raj-patel[bot]",
            **variables,
        }
        (self.directory / "calls").write_text("", encoding="utf-8")
        command = ["sh", "delivery/deliver.sh"]
        repository = self.directory / "repository"
        return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)

    @property
    def calls(self) -> list[str]:
        """How the tools were called, in order."""
        return (self.directory / "calls").read_text("utf-8").splitlines()

    def called(self, *words: str) -> list[str]:
        """The calls that hold all of these words."""
        return [call for call in self.calls if all(word in call for word in words)]


@pytest.fixture
def ci(files: dict[str, str], tmp_path: Path) -> Ci:
    write(tmp_path / "repository", {**files, "dataset.json": json.dumps(DATASET)})
    for name, program in (("aws", AWS.replace("DIGEST", DIGEST)), ("docker", DOCKER)):
        write(tmp_path / "bin", {name: program})
        (tmp_path / "bin" / name).chmod(0o755)
    return Ci(tmp_path)


def test_the_image_is_pushed_under_its_commit_with_packages_of_the_platforms_registry(ci: Ci, answers: Answers) -> None:
    done = ci.deliver()
    assert done.returncode == 0, done.stderr
    (built,) = ci.called("docker buildx build", "push=true")
    assert f"--build-arg BASE_IMAGE={BASE_IMAGE} " in built
    assert f"name={answers.image}:{COMMIT},push=true," in built
    assert [call.split()[1] for call in ci.called("docker")] == ["login", "buildx", "buildx"]
    (pip,) = ci.called("pip https")
    assert pip == "pip https://aws:said@acme.d.codeartifact.amazonaws.com/pypi/shared/simple/"
    assert "aws:said@" not in built


def test_the_image_is_one_that_sagemaker_starts(ci: Ci) -> None:
    """SageMaker refuses an image index, which buildx makes for several platforms or with attestations."""
    ci.deliver()
    (built,) = ci.called("docker buildx build", "push=true")
    assert "--platform linux/amd64 --provenance=false --sbom=false " in built
    assert ",oci-mediatypes=false ." in built


@pytest.mark.parametrize(
    "type_name", ["application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json", "None"]
)
def test_an_image_of_another_type_stops_the_delivery_before_the_pipeline(ci: Ci, type_name: str) -> None:
    for _ in ("when it is pushed", "when it was pushed before"):
        done = ci.deliver(TYPE=type_name)
        assert done.returncode == 1
        assert f"{COMMIT}: SageMaker does not start what is of type {type_name} " in done.stderr
        assert done.stderr.startswith("MDL-107 ")
        assert "deliver a new commit" in done.stderr
        assert not ci.called("start-pipeline-execution")
        assert not ci.called("put-object", f"code/{COMMIT}/")


@pytest.mark.parametrize(
    "artifact", ["application/vnd.in-toto+json", "application/vnd.oci.image.config.v1+json", "None"]
)
def test_what_is_no_image_stops_the_delivery_too(ci: Ci, artifact: str) -> None:
    done = ci.deliver(ARTIFACT=artifact)
    assert (done.returncode, done.stderr.partition(" ")[0]) == (1, "MDL-107")
    assert f" {artifact}\n" in done.stderr
    assert not ci.called("start-pipeline-execution")


def test_what_the_image_holds_is_kept_under_its_commit_before_it_is_pushed(ci: Ci, answers: Answers) -> None:
    ci.deliver()
    (examined,) = ci.called("docker buildx build --platform linux/amd64 --target sbom ")
    (kept,) = ci.called("s3api put-object", ".cdx.json")
    assert f"--bucket {answers.artifacts_bucket} --key code/sboms/{COMMIT}.cdx.json --body out/image.cdx.json" in kept
    assert kept.endswith("--if-none-match *")
    order = [ci.calls.index(each) for each in (examined, kept, *ci.called("push=true"))]
    assert order == sorted(order)


@pytest.mark.parametrize(("said", "code"), [("(PreconditionFailed)", 0), ("(AccessDenied)", 1)])
def test_an_sbom_that_is_kept_already_stays_and_anything_else_stops_the_delivery(ci: Ci, said: str, code: int) -> None:
    refusing = f'case "$*" in *sboms*) echo "An error occurred {said}" >&2; exit 254;; esac\n'
    aws = ci.directory / "bin" / "aws"
    aws.write_text(aws.read_text("utf-8").replace('case "$1 $2" in', f'{refusing}case "$1 $2" in', 1), encoding="utf-8")
    done = ci.deliver()
    assert done.returncode == code
    assert (said in done.stderr) is bool(code)
    assert bool(ci.called("push=true")) is not bool(code)


def test_what_jobs_run_and_what_serves_goes_under_the_commit(ci: Ci, answers: Answers) -> None:
    ci.deliver()
    repository, code = ci.directory / "repository", ci.directory / "store" / "code" / COMMIT
    scripts = [path for folder in DELIVERED for path in (repository / folder).glob("*.py")]
    assert {path.name: path.read_bytes() for path in code.iterdir()} == {p.name: p.read_bytes() for p in scripts}
    uploads = ci.called("put-object", f"--bucket {answers.artifacts_bucket} --key code/{COMMIT}/")
    assert len(scripts) == len(uploads)
    assert all(call.endswith(" --if-none-match *") for call in uploads)


def test_code_that_is_there_already_and_differs_is_never_overwritten_nor_run(ci: Ci) -> None:
    ci.deliver()
    (ci.directory / "store" / "code" / COMMIT / "train.py").write_text("steal()", encoding="utf-8")
    done = ci.deliver()
    assert done.returncode == 1
    assert "MDL-106" in done.stderr
    assert "train.py is another than this commit's" in done.stderr
    assert not ci.called("assume-role")
    assert (ci.directory / "store" / "code" / COMMIT / "train.py").read_text("utf-8") == "steal()"


@pytest.mark.parametrize("name", ["numpy.py", "__pycache__/train.cpython-311.pyc", "train.py.py"])
def test_a_file_beside_the_commits_own_is_refused(ci: Ci, name: str) -> None:
    write(ci.directory / "store" / "code" / COMMIT, {name: "steal()"})
    done = ci.deliver()
    assert done.returncode == 1
    assert f"code/{COMMIT}/{name} is not of this commit" in done.stderr
    assert not ci.called("assume-role")


def test_an_upload_that_is_refused_for_another_reason_is_told(ci: Ci) -> None:
    (ci.directory / "store").write_text("no folder", encoding="utf-8")
    done = ci.deliver()
    assert done.returncode == 1
    assert "mkdir" in done.stderr
    assert not ci.called("assume-role")


def test_the_pipeline_is_started_by_the_role_for_it_with_the_image_by_digest(ci: Ci, answers: Answers) -> None:
    ci.deliver()
    (assumed,) = ci.called("sts assume-role")
    assert assumed.startswith(f"ci aws sts assume-role --role-arn {answers.deliver_role} ")
    (started,) = ci.called("start-pipeline-execution")
    assert started.startswith("deliver aws sagemaker start-pipeline-execution --pipeline-name arrivals-late-arrival ")
    given = json.loads((ci.directory / "repository" / "parameters.json").read_text("utf-8"))
    assert {each["Name"]: each["Value"] for each in given} == {
        "Commit": COMMIT,
        "ImageDigest": DIGEST,
        "Author": "ann.lee@acme.example",
        "StartedBy": "raj-patel-bot-",
        "RequestsUri": DATASET["DatasetManifestUri"],
        **DATASET,
    }


@pytest.mark.parametrize("variable", ["AUTHOR", "STARTED_BY"])
@pytest.mark.parametrize("said", ["", " ", "<>", "x"])
def test_a_run_that_does_not_say_who_it_is_of_is_not_started(ci: Ci, variable: str, said: str) -> None:
    done = ci.deliver(**{variable: said})
    assert done.returncode != 0
    assert f"{variable} must say who it was" in done.stderr
    assert ci.called("start-pipeline-execution") == []


def test_a_second_run_of_a_commit_builds_nothing_and_starts_the_same(ci: Ci) -> None:
    ci.deliver()
    first = ci.called("start-pipeline-execution")
    assert ci.deliver().returncode == 0
    assert ci.called("docker") == []
    assert ci.called("start-pipeline-execution") == first
    (token,) = {call.split("--client-request-token ")[1].split()[0] for call in first}
    assert 32 <= len(token) <= 128


def test_without_a_dataset_the_code_is_delivered_and_no_pipeline_started(ci: Ci) -> None:
    (ci.directory / "repository" / "dataset.json").unlink()
    done = ci.deliver()
    assert done.returncode == 0
    assert "dataset.json names no dataset yet" in done.stdout
    assert ci.called("put-object")
    assert not ci.called("assume-role")


def test_a_dataset_that_is_not_named_fully_starts_nothing(ci: Ci) -> None:
    (ci.directory / "repository" / "dataset.json").write_text('{"DatasetUri": "x"}', encoding="utf-8")
    done = ci.deliver()
    assert done.returncode != 0
    assert "dataset.json must hold" in done.stderr
    assert not ci.called("assume-role")


@pytest.mark.parametrize("base_image", ["", "python:3.11-slim", "python@sha256:abc"])
def test_a_base_image_without_its_digest_is_refused_before_anything(ci: Ci, base_image: str) -> None:
    done = ci.deliver(BASE_IMAGE=base_image)
    assert done.returncode == 2
    assert "name the base image by digest" in done.stderr
    assert ci.calls == []
