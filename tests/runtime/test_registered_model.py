"""A version in the registry is used only while model, image, evaluation and code are those that were registered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import pytest

from mlops_stages.runtime.dataset_manifest import listing_checksum
from mlops_stages.runtime.registered_model import Home, Promise, RegisteredModelError, code_checksum, verify

ARN = "arn:aws:sagemaker:eu-west-1:333333333333:model-package/arrivals-late-arrival/2"
ARTIFACTS, IMAGES = (
    "acme-arrivals-artifacts-333333333333",
    "333333333333.dkr.ecr.eu-west-1.amazonaws.com/acme/arrivals/m",
)
HOME = Home(artifacts=ARTIFACTS, model="late-arrival", images=IMAGES)
COMMIT, RUN = "0a1b2c3d" * 5, "abcdef123456"
IMAGE = f"sha256:{'a' * 64}"
MODEL = "models/late-arrival/pipelines-abc-Train/output/model.tar.gz"
EVALUATION = f"evaluations/late-arrival/{RUN}/evaluation.json"
JUDGED = {"quality": {"metric": "auc", "value": 0.7}}
PROMISE = Promise(metric="auc", value=0.66, at_least=True)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Bucket:
    """The team's bucket: what its pipeline and its CI wrote."""

    def __init__(self) -> None:
        self.held = {
            MODEL: b"a model",
            EVALUATION: json.dumps(JUDGED).encode(),
            f"code/{COMMIT}/train.py": b"train()",
            f"code/{COMMIT}/evaluate.py": b"evaluate()",
        }
        self.read_from: set[str] = set()

    def read(self, bucket: str, key: str) -> Iterable[bytes]:
        self.read_from.add(bucket)
        content = self.held[key]
        return [content[:3], content[3:]]

    def keys(self, bucket: str, prefix: str) -> Iterable[str]:
        assert bucket == ARTIFACTS
        return [key for key in self.held if key.startswith(prefix)]


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


def described(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any fields
    """What DescribeModelPackage answers about a version as it was registered, but for `changes`."""
    held = Bucket().held
    code = {key.rpartition("/")[2]: sha256(content) for key, content in held.items() if key.startswith("code/")}
    return {
        "ModelPackageArn": ARN,
        "ModelApprovalStatus": "Approved",
        "InferenceSpecification": {
            "Containers": [
                {"Image": f"{IMAGES}@{IMAGE}", "ImageDigest": IMAGE, "ModelDataUrl": f"s3://{ARTIFACTS}/{MODEL}"}
            ]
        },
        "ModelMetrics": {"ModelQuality": {"Statistics": {"S3Uri": f"s3://{ARTIFACTS}/{EVALUATION}"}}},
        "CustomerMetadataProperties": {
            "commit": COMMIT,
            "code-sha256": listing_checksum(code),
            "evaluation": f"s3://{ARTIFACTS}/{EVALUATION}",
            "evaluation-sha256": sha256(held[EVALUATION]),
            "execution": f"arn:aws:sagemaker:eu-west-1:222222222222:pipeline/arrivals-late-arrival/execution/{RUN}",
            "image-digest": IMAGE,
            "model-sha256": sha256(held[MODEL]),
        },
        **changes,
    }


def container(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any fields
    found = described()
    found["InferenceSpecification"]["Containers"][0] |= changes
    return found


def metadata(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any values
    found = described()
    found["CustomerMetadataProperties"] |= {key.replace("_", "-"): value for key, value in changes.items()}
    return found


def codes(
    version: dict[str, Any],
    bucket: Bucket,
    *,
    image: str | None = IMAGE,
    promise: Promise | None = PROMISE,
    own_code: str | None = None,
) -> list[str]:
    """The codes of everything that differs."""
    try:
        verify(version, home=HOME, objects=bucket, image_of_commit=image, promise=promise, own_code=own_code)
    except RegisteredModelError as error:
        return [each.code for each in error.differences]
    return []


def test_a_version_as_it_was_registered_gives_its_evaluation(bucket: Bucket) -> None:
    found = verify(described(), home=HOME, objects=bucket, image_of_commit=IMAGE, promise=PROMISE)
    assert found == JUDGED


@pytest.mark.parametrize(
    ("version", "code"),
    [
        (container(ModelDataUrl=f"s3://{ARTIFACTS}/models/late-arrival/other/output/model.tar.gz"), "REG-002"),
        (container(ModelDataUrl="s3://elsewhere/models/late-arrival/model.tar.gz"), "REG-002"),
        (container(ModelDataUrl=f"s3://{ARTIFACTS}/{EVALUATION}"), "REG-002"),
        (container(ModelDataUrl=f"s3://{ARTIFACTS}/models/late-arrival/"), "REG-002"),
        (container(ModelDataUrl=f"s3://{ARTIFACTS}/{MODEL}?versionId=1"), "REG-002"),
        (container(Image=f"{IMAGES}@sha256:{'b' * 64}"), "REG-003"),
        (container(Image=f"{IMAGES}:latest"), "REG-003"),
        (container(Image=f"999999999999.dkr.ecr.eu-west-1.amazonaws.com/acme/arrivals/m@{IMAGE}"), "REG-003"),
        (container(ImageDigest=f"sha256:{'b' * 64}"), "REG-003"),
        (container(Environment={"SAGEMAKER_PROGRAM": "steal.py"}), "REG-006"),
        (container(ModelDataSource={"S3DataSource": {"S3Uri": "s3://elsewhere/m"}}), "REG-006"),
        (container(ModelDataSource={"S3DataSource": {}}), "REG-006"),
        (container(AdditionalS3DataSource={"S3Uri": "s3://elsewhere/m"}), "REG-006"),
        (container(AdditionalModelDataSources=[{"ChannelName": "x"}]), "REG-006"),
        (container(BaseModel={"HubContentName": "x"}), "REG-006"),
        (container(SomethingNewOfAws="x"), "REG-006"),
        (described(SourceUri="arn:aws:sagemaker:eu-west-1:333333333333:model/x"), "REG-006"),
        (described(AdditionalInferenceSpecifications=[{"Name": "x"}]), "REG-006"),
        (described(ModelMetrics={"ModelQuality": {"Statistics": {"S3Uri": "s3://elsewhere/e.json"}}}), "REG-004"),
        (metadata(model_sha256="b" * 64), "REG-002"),
        (metadata(evaluation_sha256="b" * 64), "REG-004"),
        (metadata(code_sha256="b" * 64), "REG-005"),
        (metadata(commit="f" * 40), "REG-005"),
        (metadata(execution="arn:aws:sagemaker:eu-west-1:222222222222:pipeline/p/execution/another00000"), "REG-007"),
    ],
)
def test_whatever_was_changed_is_refused(version: dict[str, Any], code: str, bucket: Bucket) -> None:
    assert codes(version, bucket) == [code]
    assert bucket.read_from <= {ARTIFACTS}


def test_what_a_container_says_of_itself_and_runs_nothing_is_let_be(bucket: Bucket) -> None:
    same = {"S3DataSource": {"S3Uri": f"s3://{ARTIFACTS}/{MODEL}"}}
    version = container(Framework="SKLEARN", ModelDataSource=same, Environment={"SAGEMAKER_PROGRAM": ""})
    assert codes(version, bucket) == []


@pytest.mark.parametrize("containers", [[], [{}, {}], None])
def test_one_container_is_registered(containers: object, bucket: Bucket) -> None:
    assert "REG-006" in codes(described(InferenceSpecification={"Containers": containers}), bucket)


@pytest.mark.parametrize(
    ("key", "code"),
    [(MODEL, "REG-002"), (EVALUATION, "REG-004"), (f"code/{COMMIT}/train.py", "REG-005")],
)
def test_an_object_that_was_overwritten_or_is_gone_is_refused(key: str, code: str, bucket: Bucket) -> None:
    bucket.held[key] += b" "
    assert codes(described(), bucket) == [code]
    del bucket.held[key]
    assert codes(described(), bucket) == [code]


def test_a_file_beside_the_code_is_other_code(bucket: Bucket) -> None:
    bucket.held[f"code/{COMMIT}/__pycache__/train.cpython-311.pyc"] = b"steal()"
    assert codes(described(), bucket) == ["REG-005"]


@pytest.mark.parametrize(
    ("scripts", "expected"),
    [
        ([("evaluate.py", b"evaluate()"), ("train.py", b"train()")], []),
        ([("evaluate.py", b"evaluate()"), ("train.py", b"train(0)")], ["REG-009"]),
        ([("evaluate.py", b"train()"), ("train.py", b"evaluate()")], ["REG-009"]),
        ([("evaluate.py", b"evaluate()")], ["REG-009"]),
        ([("evaluate.py", b"evaluate()"), ("numpy.py", b""), ("train.py", b"train()")], ["REG-009"]),
        ([], ["REG-009"]),
    ],
)
def test_code_that_ran_and_is_not_the_readers_is_refused(
    scripts: list[tuple[str, bytes]], expected: list[str], bucket: Bucket
) -> None:
    assert codes(described(), bucket, own_code=code_checksum(scripts)) == expected


def test_an_image_that_the_commit_does_not_name_is_refused(bucket: Bucket) -> None:
    assert codes(described(), bucket, image=f"sha256:{'b' * 64}") == ["REG-003"]
    assert codes(described(), bucket, image=None) == ["REG-003"]


@pytest.mark.parametrize(
    "promise",
    [
        Promise(metric="auc", value=0.71, at_least=True),
        Promise(metric="auc", value=0.69, at_least=False),
        Promise(metric="f1", value=0.1, at_least=True),
    ],
)
def test_a_quality_below_what_is_promised_now_is_refused(promise: Promise, bucket: Bucket) -> None:
    assert codes(described(), bucket, promise=promise) == ["REG-008"]
    assert codes(described(), bucket, promise=None) == []


@pytest.mark.parametrize("judged", [b"{}", b'{"quality": {"metric": "auc", "value": true}}', b'{"quality": "good"}'])
def test_an_evaluation_without_a_quality_keeps_no_promise(judged: bytes, bucket: Bucket) -> None:
    bucket.held[EVALUATION] = judged
    assert codes(metadata(evaluation_sha256=sha256(judged)), bucket) == ["REG-008"]


@pytest.mark.parametrize("judged", [b"", b"[" * 100_000, b"\xff", b"x" * (16 * 1024 * 1024 + 1)])
def test_an_evaluation_that_cannot_be_read_is_refused(judged: bytes, bucket: Bucket) -> None:
    bucket.held[EVALUATION] = judged
    assert codes(metadata(evaluation_sha256=sha256(judged)), bucket) == ["REG-004"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("model-sha256", None),
        ("model-sha256", "A" * 64),
        ("image-digest", "a" * 64),
        ("commit", "../other"),
        ("commit", ""),
        ("execution", "none"),
        ("evaluation", "evaluation.json"),
        ("code-sha256", "a" * 64 + "\n"),
    ],
)
def test_a_version_that_names_no_digests_is_refused(key: str, value: str | None, bucket: Bucket) -> None:
    found = described()
    found["CustomerMetadataProperties"][key] = value
    assert codes(found, bucket) == ["REG-001"]
    assert codes(described(CustomerMetadataProperties={}), bucket) == ["REG-001"]


def test_everything_that_differs_is_told_at_once(bucket: Bucket) -> None:
    version = container(Image="x", ModelDataUrl="s3://elsewhere/m", Environment={"A": "b"})
    bucket.held.clear()
    assert codes(version, bucket) == ["REG-006", "REG-002", "REG-003", "REG-004", "REG-005"]


BESIDE = [("golden", "golden.jsonl"), ("baseline", "baseline.csv"), ("challenge", "challenge.csv")]
"""What an evaluation names, and the file beside it."""


def naming(bucket: Bucket, key: str, about: object) -> dict[str, Any]:
    """A version whose evaluation names a file; all of `BESIDE` lie beside it."""
    judged = json.dumps({**JUDGED, key: about}).encode()
    bucket.held |= {EVALUATION: judged, **{beside(name): name.encode() for _, name in BESIDE}}
    return metadata(evaluation_sha256=sha256(judged))


def beside(name: str) -> str:
    """The key of a file beside the evaluation."""
    return f"evaluations/late-arrival/{RUN}/{name}"


@pytest.mark.parametrize(("key", "file"), BESIDE)
def test_a_file_beside_the_evaluation_is_the_one_that_it_names(bucket: Bucket, key: str, file: str) -> None:
    version = naming(bucket, key, {"file": file, "sha256": sha256(file.encode()), "rows": 7})
    assert codes(version, bucket) == []
    bucket.held[beside(file)] = b"other rows"
    assert codes(version, bucket) == ["REG-004"]
    del bucket.held[beside(file)]
    assert codes(version, bucket) == ["REG-004"]


def test_each_file_that_differs_is_told(bucket: Bucket) -> None:
    named = {key: {"file": file, "sha256": sha256(file.encode())} for key, file in BESIDE}
    judged = json.dumps({**JUDGED, **named}).encode()
    bucket.held |= {EVALUATION: judged, **{beside(file): b"other rows" for _, file in BESIDE}}
    assert codes(metadata(evaluation_sha256=sha256(judged)), bucket) == ["REG-004"] * len(BESIDE)


@pytest.mark.parametrize("key", [key for key, _ in BESIDE])
@pytest.mark.parametrize(
    "name", ["", "../evaluation.json", "a/b", "../../../models/m", ".hidden", "x\n", "golden", None]
)
def test_what_an_evaluation_names_lies_beside_it(bucket: Bucket, key: str, name: str | None) -> None:
    version = naming(bucket, key, {"file": name, "sha256": sha256(b"golden.jsonl")})
    assert codes(version, bucket) == ["REG-004"]
    assert bucket.read_from == {ARTIFACTS}


@pytest.mark.parametrize("key", [key for key, _ in BESIDE])
@pytest.mark.parametrize(
    "about", [None, [], "golden.jsonl", {}, {"file": "golden.jsonl"}, {"file": "golden.jsonl", "sha256": 7}]
)
def test_a_file_without_a_digest_is_refused(bucket: Bucket, key: str, about: object) -> None:
    assert codes(naming(bucket, key, about), bucket) == ["REG-004"]
