"""Processing and training jobs truly run, under their own role, in a place of their own."""

from __future__ import annotations

import io
import json
import re
import secrets
import tarfile
from typing import Any

import pytest

from tests.local.clients import REGION, allow, policy, refusal
from tests.local.laboratory import TRUST, Laboratory

OUT = "/opt/ml/processing/out"
SAY = f"import json, os, sys\nout = open('{OUT}/said.json', 'w')\n"


def said(laboratory: Laboratory, job: dict[str, Any]) -> Any:  # noqa: ANN401  # what a script wrote
    uri = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    return json.loads(laboratory.get(f"{uri}/said.json"))


def test_a_processing_job_reads_its_inputs_and_writes_its_outputs(laboratory: Laboratory) -> None:
    laboratory.put("raw/a.csv", "a")
    laboratory.put("raw/deep/b.csv", "b")
    code = f"""{SAY}
base = '/opt/ml/processing/raw/'
json.dump([sys.argv[1:], open(base + 'a.csv').read(), open(base + 'deep/b.csv').read()], out)
"""
    job = laboratory.process(laboratory.processing(code, "--as-of", "2013", inputs={"raw": laboratory.uri("raw")}))
    assert job["ProcessingJobStatus"] == "Completed"
    assert said(laboratory, job) == [["--as-of", "2013"], "a", "b"]
    assert job["CreationTime"] <= job["ProcessingStartTime"] <= job["ProcessingEndTime"]


def test_a_processing_job_knows_its_own_configuration(laboratory: Laboratory) -> None:
    code = f"""{SAY}
config = '/opt/ml/config/'
json.dump([json.load(open(config + name)) for name in ('processingjobconfig.json', 'resourceconfig.json')], out)
"""
    job = laboratory.process(laboratory.processing(code))
    own, resources = said(laboratory, job)
    assert (own["ProcessingJobArn"], own["RoleArn"]) == (job["ProcessingJobArn"], laboratory.role)
    assert resources["current_host"] == "algo-1"


def test_a_training_job_follows_the_contract_of_sagemakers_containers(laboratory: Laboratory) -> None:
    code = """
import json, os
config = "/opt/ml/input/config/"
model = {
    "data": open("/opt/ml/input/data/train/x.csv").read(),
    "hyperparameters": json.load(open(config + "hyperparameters.json")),
    "channels": sorted(json.load(open(config + "inputdataconfig.json"))),
    "hosts": json.load(open(config + "resourceconfig.json"))["hosts"],
    "environment": {name: value for name, value in os.environ.items() if name.startswith(("SM_", "TRAINING"))},
}
os.makedirs("/opt/ml/model/inner")
json.dump(model, open("/opt/ml/model/inner/model.json", "w"))
open("/opt/ml/output/data/report.txt", "w").write("fine")
print("epoch 1 auc=0.5;")
print("epoch 2 auc=0.75;")
"""
    parameters = laboratory.training(
        code,
        channels={"train": laboratory.put("data/x.csv", "1,2").removesuffix("/x.csv")},
        HyperParameters={"max-iter": "200"},
        algorithm={"MetricDefinitions": [{"Name": "auc", "Regex": "auc=([0-9.]+);"}]},
    )
    job = laboratory.train(parameters)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Completed", "Completed")
    artifact = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert artifact == laboratory.uri(f"models/{job['TrainingJobName']}/output/model.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(laboratory.get(artifact))) as packed:
        held = packed.extractfile("inner/model.json")
        assert held is not None
        model = json.load(held)
    assert (model["data"], model["hyperparameters"], model["hosts"]) == ("1,2", {"max-iter": "200"}, ["algo-1"])
    assert model["channels"] == ["code", "train"]
    environment = model["environment"]
    assert environment["SM_MODEL_DIR"] == "/opt/ml/model"
    assert environment["SM_CHANNEL_TRAIN"] == "/opt/ml/input/data/train"
    assert environment["SM_HP_MAX_ITER"] == "200"
    assert json.loads(environment["SM_HPS"]) == {"max-iter": "200"}
    assert environment["TRAINING_JOB_NAME"] == job["TrainingJobName"]
    assert [(metric["MetricName"], metric["Value"]) for metric in job["FinalMetricDataList"]] == [("auc", 0.75)]
    assert laboratory.get(artifact.replace("model.tar", "output.tar"))
    phases = [transition["Status"] for transition in job["SecondaryStatusTransitions"]]
    assert phases == ["Downloading", "Training", "Uploading", "Completed"]


def test_what_a_step_prints_is_in_its_log(laboratory: Laboratory) -> None:
    job = laboratory.process(laboratory.processing("import sys\nprint('one')\nprint('two', file=sys.stderr)"))
    lines = laboratory.log("Processing", job["ProcessingJobName"])
    assert lines[0].startswith("[local AWS] ")
    assert lines[1:] == ["one", "two"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise ValueError('no such month')", "AlgorithmError: ValueError: no such month, exit code: 1"),
        ("import sys; sys.exit(3)", "AlgorithmError: , exit code: 3"),
        (
            "import sys; open('/opt/ml/output/message', 'w').write('too few rows'); sys.exit(1)",
            "AlgorithmError: too few rows, exit code: 1",
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "AlgorithmError: (Killed)?, exit code: 137"),
    ],
)
def test_a_processing_job_that_fails_says_why_and_writes_nothing(
    laboratory: Laboratory, code: str, reason: str
) -> None:
    job = laboratory.process(laboratory.processing(f"open('{OUT}/half.csv', 'w').write('x')\n{code}"))
    assert job["ProcessingJobStatus"] == "Failed"
    assert re.fullmatch(reason, job["FailureReason"]), job["FailureReason"]
    assert laboratory.keys("out/") == []


def test_a_training_job_tells_the_reason_that_it_wrote(laboratory: Laboratory) -> None:
    job = laboratory.train(
        laboratory.training("open('/opt/ml/output/failure', 'w').write('leakage found')\nraise SystemExit(2)")
    )
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"] == "AlgorithmError: leakage found, exit code: 2"
    assert "ModelArtifacts" not in job
    assert laboratory.keys("models/") == []


def test_a_message_is_told_though_the_job_went_well(laboratory: Laboratory) -> None:
    job = laboratory.process(laboratory.processing("open('/opt/ml/output/message', 'w').write('12 rows')"))
    assert (job["ProcessingJobStatus"], job["ExitMessage"]) == ("Completed", "12 rows")


def test_a_step_that_never_ends_is_stopped_at_its_time_limit(laboratory: Laboratory) -> None:
    endless = "import time\nprint('begun', flush=True)\nwhile True: time.sleep(1)"
    limit = {"StoppingCondition": {"MaxRuntimeInSeconds": 1}}
    job = laboratory.process({**laboratory.processing(endless), **limit})
    assert job["ProcessingJobStatus"] == "Stopped"
    assert "Job runtime exceeded MaxRuntimeInSeconds" in job["FailureReason"]
    trained = laboratory.train({**laboratory.training(endless), **limit})
    assert (trained["TrainingJobStatus"], trained["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_a_step_that_ignores_the_wish_to_end_is_killed(laboratory: Laboratory) -> None:
    deaf = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(1)"
    job = laboratory.process({**laboratory.processing(deaf), "StoppingCondition": {"MaxRuntimeInSeconds": 1}})
    assert job["ProcessingJobStatus"] == "Stopped"


def test_a_job_is_stopped_by_whoever_may(laboratory: Laboratory) -> None:
    name = f"job-{secrets.token_hex(4)}"
    parameters = laboratory.processing("import time\nwhile True: time.sleep(1)")
    laboratory.sagemaker.create_processing_job(ProcessingJobName=name, **parameters)
    stranger = laboratory.aws.client("sagemaker", laboratory.assumed(allow("sagemaker:Describe*")))
    refusal(lambda: stranger.stop_processing_job(ProcessingJobName=name))
    laboratory.sagemaker.stop_processing_job(ProcessingJobName=name)
    assert laboratory.processed(name)["ProcessingJobStatus"] == "Stopped"
    refusal(lambda: laboratory.sagemaker.stop_processing_job(ProcessingJobName=name), code="ValidationException")


def test_a_job_sees_no_variable_of_the_servers(laboratory: Laboratory) -> None:
    job = laboratory.process(
        laboratory.processing(
            f"{SAY}json.dump(dict(os.environ), out)",
            Environment={"STAGE": "test"},
            NetworkConfig={"EnableNetworkIsolation": True},
        )
    )
    environment = said(laboratory, job)
    assert environment["STAGE"] == "test"
    expected = {"AWS_REGION", "HOME", "LANG", "PATH", "PYTHONUNBUFFERED", "STAGE", "TMPDIR"}
    assert set(environment) - {"SAGEMAKER_BASE_DIR", "PWD", "OLDPWD"} == expected
    assert "mlops" not in environment["PATH"]


def test_a_job_without_isolation_calls_aws_as_its_role(laboratory: Laboratory) -> None:
    code = f"{SAY}import boto3\njson.dump(boto3.client('sts').get_caller_identity()['Arn'], out)"
    job = laboratory.process(laboratory.processing(code))
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    name = laboratory.role.rpartition("/")[2]
    assert said(laboratory, job) == f"arn:aws:sts::{laboratory.account}:assumed-role/{name}/SageMaker"


def test_a_job_with_isolation_reaches_nobody(laboratory: Laboratory) -> None:
    port = laboratory.aws.endpoint.url.rpartition(":")[2]
    code = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 5)"
    reached = laboratory.process(laboratory.processing(code))
    isolated = laboratory.process(laboratory.processing(code, NetworkConfig={"EnableNetworkIsolation": True}))
    assert reached["ProcessingJobStatus"] == "Completed"
    assert isolated["ProcessingJobStatus"] == "Failed"


def test_a_role_that_may_not_read_a_bucket_makes_the_job_fail(laboratory: Laboratory) -> None:
    own = [f"arn:aws:s3:::{laboratory.bucket}", f"arn:aws:s3:::{laboratory.bucket}/code/*"]
    laboratory.put("raw/a.csv", "a")
    narrow = laboratory.aws.role(laboratory.account, allow("s3:*", on=own), trust=TRUST)
    parameters = laboratory.processing("", inputs={"raw": laboratory.uri("raw")}, RoleArn=narrow)
    job = laboratory.process(parameters)
    assert job["ProcessingJobStatus"] == "Failed"
    assert "Data download failed for input raw" in job["FailureReason"]
    assert "AccessDenied" in job["FailureReason"]


def test_a_role_that_may_not_write_makes_the_job_fail(laboratory: Laboratory) -> None:
    reads = laboratory.aws.role(laboratory.account, allow("s3:GetObject", "s3:ListBucket"), trust=TRUST)
    job = laboratory.process(laboratory.processing(f"open('{OUT}/x', 'w').write('x')", RoleArn=reads))
    assert "Data upload failed" in job["FailureReason"]
    assert "AccessDenied" in job["FailureReason"]


def test_outputs_are_under_the_key_that_the_job_names(laboratory: Laboratory) -> None:
    kms = laboratory.aws.client("kms", laboratory.account)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    parameters = laboratory.processing(f"open('{OUT}/x', 'w').write('x')")
    parameters["ProcessingOutputConfig"]["KmsKeyId"] = key
    job = laboratory.process(parameters)
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    found = laboratory.s3.head_object(Bucket=laboratory.bucket, Key=laboratory.keys("out/")[0])
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", key)
    forbidden = laboratory.aws.role(laboratory.account, allow("s3:*"), trust=TRUST)
    refused = laboratory.process({**parameters, "RoleArn": forbidden})
    assert "kms:GenerateDataKey" in refused["FailureReason"]


def test_nothing_under_a_prefix_makes_the_job_fail(laboratory: Laboratory) -> None:
    job = laboratory.process(laboratory.processing("", inputs={"raw": laboratory.uri("nothing/here")}))
    assert "No S3 objects found under S3 URL" in job["FailureReason"]


@pytest.mark.parametrize("key", ["../../evil", "a/b"])
def test_keys_that_cannot_be_files_make_the_job_fail(laboratory: Laboratory, key: str) -> None:
    laboratory.put("raw/a", "a")
    laboratory.put(f"raw/{key}", "b")
    job = laboratory.process(laboratory.processing("", inputs={"raw": laboratory.uri("raw")}))
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: ")


def test_a_command_is_run_as_it_is_given(laboratory: Laboratory) -> None:
    words = ["a b", "$(id)", "*", "--x='y'", ""]
    job = laboratory.process(laboratory.processing(f"{SAY}json.dump(sys.argv[1:], out)", *words))
    assert said(laboratory, job) == words


def test_a_command_that_does_not_exist_makes_the_job_fail(laboratory: Laboratory) -> None:
    parameters = laboratory.processing("")
    parameters["AppSpecification"]["ContainerEntrypoint"] = ["no-such-program"]
    assert "exit code: 127" in laboratory.process(parameters)["FailureReason"]
    del parameters["AppSpecification"]["ContainerEntrypoint"]
    assert "ContainerEntrypoint is needed here" in laboratory.process(parameters)["FailureReason"]
    training = laboratory.training("", algorithm={"ContainerEntrypoint": ["train"]})
    assert "exit code: 127" in laboratory.train(training)["FailureReason"]


def test_a_search_is_said_not_to_be_emulated(laboratory: Laboratory) -> None:
    search = laboratory.sagemaker.search
    assert "TrainingJob" in refusal(lambda: search(Resource="TrainingJob"), code="NotImplementedException")


def test_an_unknown_image_makes_the_job_fail(laboratory: Laboratory) -> None:
    parameters = laboratory.processing("")
    parameters["AppSpecification"]["ImageUri"] = "222222222222.dkr.ecr.eu-west-1.amazonaws.com/nobody:1"
    job = laboratory.process(parameters)
    assert job["FailureReason"].startswith("ClientError: Cannot find the image 222222222222.dkr.ecr")


def test_a_manifest_names_the_objects_of_an_input(laboratory: Laboratory) -> None:
    for name in ("a", "b", "c"):
        laboratory.put(f"raw/{name}.csv", name)
    manifest = laboratory.put("m.json", json.dumps([{"prefix": laboratory.uri("raw/")}, "a.csv", "c.csv"]))
    parameters = laboratory.processing(
        f"{SAY}json.dump(sorted(os.listdir('/opt/ml/processing/raw')), out)", inputs={"raw": manifest}
    )
    parameters["ProcessingInputs"][1]["S3Input"]["S3DataType"] = "ManifestFile"
    job = laboratory.process(parameters)
    assert said(laboratory, job) == ["a.csv", "c.csv"]


def test_a_role_that_sagemaker_may_not_take_is_refused_before_the_job_begins(laboratory: Laboratory) -> None:
    untrusting = laboratory.aws.role(laboratory.account, allow("*"))
    message = refusal(
        lambda: laboratory.process(laboratory.processing("", RoleArn=untrusting)), code="ValidationException"
    )
    assert "Could not assume role" in message
    elsewhere = "arn:aws:iam::999999999999:role/elsewhere"
    refusal(lambda: laboratory.process(laboratory.processing("", RoleArn=elsewhere)), code="ValidationException")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (
            {
                "ProcessingResources": {
                    "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}
                }
            },
            "InstanceCount above 1",
        ),
        ({"ProcessingInputs": [{"InputName": "a", "AppManaged": True}]}, "AppManaged"),
        (
            {
                "ProcessingInputs": [
                    {
                        "InputName": "a",
                        "S3Input": {"S3Uri": "s3://b/p", "S3DataType": "S3Prefix", "S3InputMode": "Pipe"},
                    }
                ]
            },
            "S3InputMode Pipe",
        ),
        (
            {
                "ProcessingInputs": [
                    {"InputName": "a", "S3Input": {"S3Uri": "s3://b/p", "LocalPath": "/etc", "S3DataType": "S3Prefix"}}
                ]
            },
            "must be below /opt/ml/processing",
        ),
        (
            {
                "ProcessingInputs": [
                    {
                        "InputName": "a",
                        "S3Input": {
                            "S3Uri": "s3://b/p",
                            "LocalPath": "/opt/ml/processing/../x",
                            "S3DataType": "S3Prefix",
                        },
                    }
                ]
            },
            "must be below /opt/ml/processing",
        ),
    ],
)
def test_what_is_not_emulated_is_refused_and_never_ignored(
    laboratory: Laboratory, more: dict[str, Any], reason: str
) -> None:
    parameters = {**laboratory.processing(""), **more}
    assert reason in refusal(lambda: laboratory.process(parameters), code="ValidationException")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"EnableManagedSpotTraining": True}, "EnableManagedSpotTraining"),
        ({"CheckpointConfig": {"S3Uri": "s3://b/c"}}, "CheckpointConfig"),
        ({"AlgorithmSpecification": {"TrainingImage": "i", "TrainingInputMode": "Pipe"}}, "input mode Pipe"),
        ({"AlgorithmSpecification": {"TrainingInputMode": "File"}}, "must name a TrainingImage"),
    ],
)
def test_training_that_is_not_emulated_is_refused(laboratory: Laboratory, more: dict[str, Any], reason: str) -> None:
    parameters = {**laboratory.training(""), **more}
    assert reason in refusal(lambda: laboratory.train(parameters), code="ValidationException")


def test_jobs_are_listed_by_name_state_and_time(laboratory: Laboratory) -> None:
    good = laboratory.process(laboratory.processing(""))["ProcessingJobName"]
    bad = laboratory.process(laboratory.processing("raise SystemExit(1)"))["ProcessingJobName"]

    def listed(**more: Any) -> list[str]:  # noqa: ANN401  # as boto3 has it
        found = laboratory.sagemaker.list_processing_jobs(**more)["ProcessingJobSummaries"]
        return [job["ProcessingJobName"] for job in found]

    assert listed() == [good, bad]
    assert listed(SortOrder="Descending") == [bad, good]
    assert listed(StatusEquals="Failed") == [bad]
    assert listed(NameContains=good[4:]) == [good]


def test_a_job_of_a_name_that_is_taken_is_refused(laboratory: Laboratory) -> None:
    parameters = laboratory.processing("")
    laboratory.sagemaker.create_processing_job(ProcessingJobName="once", **parameters)
    refusal(
        lambda: laboratory.sagemaker.create_processing_job(ProcessingJobName="once", **parameters), code="ResourceInUse"
    )
    laboratory.processed("once")
    laboratory.sagemaker.delete_processing_job(ProcessingJobName="once")
    refusal(lambda: laboratory.sagemaker.describe_processing_job(ProcessingJobName="once"), code="ResourceNotFound")


def test_another_accounts_bucket_needs_its_policy(laboratory: Laboratory) -> None:
    other = Laboratory(laboratory.aws, str(int(laboratory.account) + 1))
    other.put("curated/a.csv", "theirs")
    code = f"{SAY}json.dump(open('/opt/ml/processing/data/a.csv').read(), out)"
    parameters = laboratory.processing(code, inputs={"data": other.uri("curated")})
    assert "AccessDenied" in laboratory.process(parameters)["FailureReason"]
    shared = {
        **allow("s3:GetObject", "s3:ListBucket", on=[f"arn:aws:s3:::{other.bucket}", f"arn:aws:s3:::{other.bucket}/*"]),
        "Principal": {"AWS": laboratory.role},
    }
    other.s3.put_bucket_policy(Bucket=other.bucket, Policy=policy(shared))
    assert said(laboratory, laboratory.process(parameters)) == "theirs"
    assert REGION in laboratory.aws.client("sagemaker", laboratory.account).meta.region_name
