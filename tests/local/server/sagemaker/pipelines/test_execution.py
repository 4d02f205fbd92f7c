"""Pipelines executed: order, data from step to step, conditions, caching, failures, stopping, trying again."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from tests.local.clients import allow, deny, policy, refusal
from tests.local.laboratory import TRUST, Json, Laboratory, compare, definition, fail, gate, get, join, step, until

OUT = "/opt/ml/processing/out"
REPORT = [{"PropertyFileName": "Report", "OutputName": "out", "FilePath": "report.json"}]
WRITE = f"import json, sys\njson.dump({{'auc': {{'value': float(sys.argv[1])}}}}, open('{OUT}/report.json', 'w'))"
FROM_REPORT = {"Std:JsonGet": {"PropertyFile": get("Steps.Evaluate.PropertyFiles.Report"), "Path": "auc.value"}}
AUC = [
    {"Name": "Auc", "Type": "String", "DefaultValue": "0.8"},
    {"Name": "Least", "Type": "Float", "DefaultValue": 0.7},
]


@pytest.fixture
def group(laboratory: Laboratory) -> str:
    """The name of a model package group."""
    name = f"group-{secrets.token_hex(4)}"
    laboratory.sagemaker.create_model_package_group(ModelPackageGroupName=name)
    return name


def register(group: str, model: Any = "s3://bucket/model.tar.gz") -> Json:  # noqa: ANN401  # JSON-like
    arguments = {
        "ModelPackageGroupName": group,
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": {
            "Containers": [{"Image": "image", "ModelDataUrl": model}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        "ModelMetrics": {
            "ModelQuality": {
                "Statistics": {
                    "ContentType": "application/json",
                    "S3Uri": join(
                        "/",
                        get("Steps.Evaluate.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"),
                        "report.json",
                    ),
                }
            },
            "Bias": {},
        },
        "CustomerMetadataProperties": {"commit": "abc", "execution": get("Execution.PipelineExecutionId")},
    }
    return step("Register", "RegisterModel", arguments)


def evaluated(laboratory: Laboratory, group: str, **more: Any) -> str:  # noqa: ANN401  # JSON-like
    """A pipeline that evaluates, and registers where the value is high enough."""
    evaluate = laboratory.processing(WRITE, get("Parameters.Auc"))
    return laboratory.create(
        step("Evaluate", "Processing", evaluate, PropertyFiles=REPORT, **more),
        gate(
            "Gate",
            compare("GreaterThanOrEqualTo", FROM_REPORT, get("Parameters.Least")),
            then=[register(group)],
            otherwise=[fail("Refused", join(" ", "below", get("Parameters.Least")))],
        ),
        parameters=AUC,
    )


def packages(laboratory: Laboratory, group: str) -> list[Json]:
    found = laboratory.sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    return [
        laboratory.sagemaker.describe_model_package(ModelPackageName=package["ModelPackageArn"]) for package in found
    ]


def test_from_data_to_a_registered_package(laboratory: Laboratory, group: str) -> None:
    laboratory.put("raw/a.csv", "late")
    where = join("/", laboratory.uri("runs"), get("Execution.PipelineExecutionId"), "train")
    prepare = laboratory.processing(
        f"open('{OUT}/x.csv', 'w').write(open('/opt/ml/processing/raw/a.csv').read() * 2)",
        inputs={"raw": laboratory.uri("raw")},
        outputs={"out": where},
    )
    train = laboratory.training(
        "open('/opt/ml/model/m', 'w').write(open('/opt/ml/input/data/train/x.csv').read())",
        channels={"train": get("Steps.Prepare.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri")},
    )
    evaluate = laboratory.processing(
        "import json, tarfile\n"
        "text = tarfile.open('/opt/ml/processing/model/model.tar.gz').extractfile('m').read().decode()\n"
        f"json.dump({{'auc': {{'value': len(text) / 10}}}}, open('{OUT}/report.json', 'w'))",
        inputs={"model": get("Steps.Train.ModelArtifacts.S3ModelArtifacts")},
    )
    pipeline = laboratory.create(
        step("Prepare", "Processing", prepare),
        step("Train", "Training", train),
        step("Evaluate", "Processing", evaluate, PropertyFiles=REPORT),
        gate(
            "Gate",
            compare("GreaterThanOrEqualTo", FROM_REPORT, get("Parameters.Least")),
            then=[register(group, get("Steps.Train.ModelArtifacts.S3ModelArtifacts"))],
        ),
        parameters=AUC,
    )
    execution = laboratory.execute(pipeline)
    assert execution["PipelineExecutionStatus"] == "Succeeded", execution.get("FailureReason")
    steps = laboratory.steps(execution)
    assert list(steps) == ["Prepare", "Train", "Evaluate", "Gate", "Register"]
    assert {found["StepStatus"] for found in steps.values()} == {"Succeeded"}
    assert all(found["StartTime"] <= found["EndTime"] for found in steps.values())
    assert ":processing-job/pipelines-" in steps["Prepare"]["Metadata"]["ProcessingJob"]["Arn"]
    assert steps["Gate"]["Metadata"]["Condition"]["Outcome"] == "True"
    [package] = packages(laboratory, group)
    assert steps["Register"]["Metadata"]["RegisterModel"]["Arn"] == package["ModelPackageArn"]
    model = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    assert laboratory.get(model)
    statistics = package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    assert json.loads(laboratory.get(statistics)) == {"auc": {"value": 0.8}}
    identifier = execution["PipelineExecutionArn"].rpartition("/")[2]
    assert package["CustomerMetadataProperties"] == {"commit": "abc", "execution": identifier}
    assert laboratory.keys(f"runs/{identifier}/train") == [f"runs/{identifier}/train/x.csv"]


def test_a_model_that_is_too_bad_is_not_registered(laboratory: Laboratory, group: str) -> None:
    execution = laboratory.execute(evaluated(laboratory, group), Auc="0.6")
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert "Refused: below 0.7" in execution["FailureReason"]
    steps = laboratory.steps(execution)
    assert steps["Gate"]["Metadata"]["Condition"]["Outcome"] == "False"
    assert (steps["Refused"]["StepStatus"], steps["Refused"]["FailureReason"]) == ("Failed", "below 0.7")
    assert "Register" not in steps
    assert packages(laboratory, group) == []


def test_the_bound_is_a_parameter_of_the_execution(laboratory: Laboratory, group: str) -> None:
    execution = laboratory.execute(evaluated(laboratory, group), Auc="0.6", Least="0.5")
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    arn = execution["PipelineExecutionArn"]
    found = laboratory.sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)
    assert found["PipelineParameters"] == [{"Name": "Auc", "Value": "0.6"}, {"Name": "Least", "Value": "0.5"}]


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"Nope": "1"}, "Nope are not defined"),
        ({"Least": "high"}, "the value 'high' is no Float"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(
    laboratory: Laboratory, group: str, parameters: dict[str, str], reason: str
) -> None:
    pipeline = evaluated(laboratory, group)
    assert reason in refusal(lambda: laboratory.start(pipeline, **parameters), code="ValidationException")


def test_a_parameter_without_default_must_be_given(laboratory: Laboratory) -> None:
    pipeline = laboratory.create(fail("F", get("Parameters.Commit")), parameters=[{"Name": "Commit", "Type": "String"}])
    assert "Commit have no default" in refusal(lambda: laboratory.start(pipeline), code="ValidationException")
    assert "F: abc" in laboratory.execute(pipeline, Commit="abc")["FailureReason"]


def test_a_step_that_fails_ends_the_execution_with_its_reason(laboratory: Laboratory, group: str) -> None:
    broken = laboratory.processing("raise ValueError('no rows')")
    pipeline = laboratory.create(
        step("Evaluate", "Processing", broken, PropertyFiles=REPORT), {**register(group), "DependsOn": ["Evaluate"]}
    )
    execution = laboratory.execute(pipeline)
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert "Evaluate: AlgorithmError: ValueError: no rows, exit code: 1" in execution["FailureReason"]
    assert list(laboratory.steps(execution)) == ["Evaluate"]
    assert packages(laboratory, group) == []
    listed = laboratory.sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
    assert "no rows" in listed[0]["PipelineExecutionFailureReason"]


def test_a_report_without_the_value_fails_the_condition(laboratory: Laboratory, group: str) -> None:
    silent = laboratory.processing(f"open('{OUT}/report.json', 'w').write('{{}}')")
    pipeline = laboratory.create(
        step("Evaluate", "Processing", silent, PropertyFiles=REPORT),
        gate("Gate", compare("GreaterThan", FROM_REPORT, 0.5), then=[register(group)]),
    )
    execution = laboratory.execute(pipeline)
    assert "there is no auc" in laboratory.steps(execution)["Gate"]["FailureReason"]
    assert packages(laboratory, group) == []


def test_a_step_without_change_is_taken_from_the_cache(laboratory: Laboratory, group: str) -> None:
    cached = {"CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}}
    pipeline = evaluated(laboratory, group, **cached)
    first = laboratory.execute(pipeline)
    again = laboratory.steps(laboratory.execute(pipeline))
    other = laboratory.steps(laboratory.execute(pipeline, Auc="0.9"))
    assert again["Evaluate"]["CacheHitResult"] == {"SourcePipelineExecutionArn": first["PipelineExecutionArn"]}
    assert again["Evaluate"]["Metadata"] == laboratory.steps(first)["Evaluate"]["Metadata"]
    assert "CacheHitResult" not in other["Evaluate"]
    assert len(laboratory.sagemaker.list_processing_jobs()["ProcessingJobSummaries"]) == 2
    assert [package["ModelPackageVersion"] for package in packages(laboratory, group)] == [3, 2, 1]


@pytest.mark.parametrize("config", [None, {"Enabled": False}, {"Enabled": True, "ExpireAfter": "PT0S"}])
def test_a_step_runs_again_where_no_cache_counts(laboratory: Laboratory, config: Json | None) -> None:
    more = {} if config is None else {"CacheConfig": config}
    pipeline = laboratory.create(step("Work", "Processing", laboratory.processing(""), **more))
    laboratory.execute(pipeline)
    assert "CacheHitResult" not in laboratory.steps(laboratory.execute(pipeline))["Work"]


def test_a_failed_step_is_not_cached(laboratory: Laboratory) -> None:
    cached = {"CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}}
    pipeline = laboratory.create(step("Work", "Processing", laboratory.processing("raise SystemExit(1)"), **cached))
    laboratory.execute(pipeline)
    assert laboratory.steps(laboratory.execute(pipeline))["Work"]["StepStatus"] == "Failed"


def test_steps_that_do_not_wait_for_each_other_run_together(laboratory: Laboratory) -> None:
    """Each waits until the other has begun, by the objects that they write."""
    code = (
        "import sys, boto3\ns3 = boto3.client('s3')\nbucket, own, other = sys.argv[1:]\n"
        "s3.put_object(Bucket=bucket, Key='met/' + own, Body=b'')\n"
        "while not s3.list_objects_v2(Bucket=bucket, Prefix='met/' + other).get('KeyCount'): pass"
    )
    pipeline = laboratory.create(
        step("A", "Processing", laboratory.processing(code, laboratory.bucket, "a", "b")),
        step("B", "Processing", laboratory.processing(code, laboratory.bucket, "b", "a")),
    )
    assert laboratory.execute(pipeline)["PipelineExecutionStatus"] == "Succeeded"


def test_no_more_steps_run_together_than_may(laboratory: Laboratory) -> None:
    one = {"MaxParallelExecutionSteps": 1}
    work = [step(name, "Processing", laboratory.processing("")) for name in ("A", "B", "C")]
    pipeline = laboratory.create(*work, ParallelismConfiguration=one)
    execution = laboratory.execute(pipeline)
    steps = list(laboratory.steps(execution).values())
    assert execution["ParallelismConfiguration"] == one
    assert all(steps[number]["EndTime"] <= steps[number + 1]["StartTime"] for number in (0, 1))


ENDLESS = "import time\nwhile True: time.sleep(1)"


def running(laboratory: Laboratory, arn: str, name: str) -> bool:
    return "Metadata" in laboratory.steps(arn).get(name, {})


def test_a_stopped_execution_stops_its_job_and_begins_nothing_more(laboratory: Laboratory) -> None:
    pipeline = laboratory.create(
        step("Work", "Processing", laboratory.processing(ENDLESS)),
        step("After", "Processing", laboratory.processing(""), DependsOn=["Work"]),
    )
    arn = laboratory.start(pipeline)
    until(lambda: running(laboratory, arn, "Work"))
    refusal(lambda: laboratory.sagemaker.delete_pipeline(PipelineName=pipeline), code="ConflictException")
    laboratory.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert laboratory.ended(arn)["PipelineExecutionStatus"] == "Stopped"
    steps = laboratory.steps(arn)
    assert [(name, found["StepStatus"]) for name, found in steps.items()] == [("Work", "Stopped")]
    job = steps["Work"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    assert laboratory.processed(job)["ProcessingJobStatus"] == "Stopped"
    refusal(lambda: laboratory.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn), code="ValidationException")


def test_a_job_that_someone_stops_fails_the_execution(laboratory: Laboratory) -> None:
    pipeline = laboratory.create(
        step("Work", "Processing", laboratory.processing(ENDLESS)),
        step("After", "Processing", laboratory.processing(""), DependsOn=["Work"]),
    )
    arn = laboratory.start(pipeline)
    until(lambda: running(laboratory, arn, "Work"))
    job = laboratory.steps(arn)["Work"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    laboratory.sagemaker.stop_processing_job(ProcessingJobName=job)
    assert "Work: ClientError: The job of the step was stopped." in laboratory.ended(arn)["FailureReason"]
    assert list(laboratory.steps(arn)) == ["Work"]


def test_a_step_over_its_time_limit_fails_the_execution(laboratory: Laboratory, group: str) -> None:
    endless = {**laboratory.processing(ENDLESS), "StoppingCondition": {"MaxRuntimeInSeconds": 1}}
    pipeline = laboratory.create(
        step("Evaluate", "Processing", endless, PropertyFiles=REPORT), {**register(group), "DependsOn": ["Evaluate"]}
    )
    execution = laboratory.execute(pipeline)
    assert "Evaluate: ClientError: Job runtime exceeded MaxRuntimeInSeconds (1)" in execution["FailureReason"]
    assert packages(laboratory, group) == []


def test_an_execution_is_tried_again_without_what_succeeded(laboratory: Laboratory) -> None:
    needs = f"open('{OUT}/x', 'w').write(open('/opt/ml/processing/late/a').read())"
    late = laboratory.processing(needs, inputs={"late": laboratory.uri("late")})
    pipeline = laboratory.create(
        step("First", "Processing", laboratory.processing("")), step("Second", "Processing", late, DependsOn=["First"])
    )
    failed = laboratory.execute(pipeline)
    arn = failed["PipelineExecutionArn"]
    first = laboratory.steps(failed)["First"]
    assert failed["PipelineExecutionStatus"] == "Failed"
    laboratory.put("late/a", "here now")
    laboratory.sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn)
    assert laboratory.ended(arn)["PipelineExecutionStatus"] == "Succeeded"
    steps = laboratory.steps(arn)
    assert steps["First"] == first
    assert steps["Second"]["AttemptCount"] == 2
    message = refusal(
        lambda: laboratory.sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn), code="ValidationException"
    )
    assert "is Succeeded" in message


def test_one_token_starts_one_execution(laboratory: Laboratory) -> None:
    pipeline = laboratory.create(fail("F"))
    token = secrets.token_hex(16)
    start = laboratory.sagemaker.start_pipeline_execution
    first = start(PipelineName=pipeline, ClientRequestToken=token)["PipelineExecutionArn"]
    assert start(PipelineName=pipeline, ClientRequestToken=token)["PipelineExecutionArn"] == first
    assert start(PipelineName=pipeline)["PipelineExecutionArn"] != first
    laboratory.ended(first)
    listed = laboratory.sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
    assert len(listed) == 2


def test_an_execution_keeps_the_definition_that_it_began_with(laboratory: Laboratory) -> None:
    pipeline = laboratory.create(fail("Old"))
    arn = laboratory.execute(pipeline)["PipelineExecutionArn"]
    text = json.dumps(definition(fail("New")))
    laboratory.sagemaker.update_pipeline(PipelineName=pipeline, PipelineDefinition=text)
    kept = laboratory.sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    assert json.loads(kept["PipelineDefinition"])["Steps"][0]["Name"] == "Old"
    assert "New" in laboratory.steps(laboratory.execute(pipeline))
    older = laboratory.sagemaker.start_pipeline_execution(PipelineName=pipeline, PipelineVersionId=1)
    assert "Old" in laboratory.steps(laboratory.ended(older["PipelineExecutionArn"]))


def test_the_pipelines_role_must_be_allowed_what_its_steps_do(laboratory: Laboratory, group: str) -> None:
    narrow = laboratory.aws.role(
        laboratory.account,
        allow("*"),
        deny("sagemaker:CreateModelPackage"),
        trust=TRUST,
    )
    pipeline = evaluated(laboratory, group)
    laboratory.sagemaker.update_pipeline(PipelineName=pipeline, RoleArn=narrow)
    execution = laboratory.execute(pipeline)
    reason = laboratory.steps(execution)["Register"]["FailureReason"]
    assert "Failed to invoke sagemaker:CreateModelPackage" in reason
    assert "not authorized" in reason
    assert packages(laboratory, group) == []


def test_the_pipelines_role_must_be_allowed_to_pass_the_role_of_a_job(laboratory: Laboratory) -> None:
    narrow = laboratory.aws.role(laboratory.account, allow("sagemaker:*"), trust=TRUST)
    pipeline = laboratory.create(step("Work", "Processing", laboratory.processing("")))
    laboratory.sagemaker.update_pipeline(PipelineName=pipeline, RoleArn=narrow)
    assert "iam:PassRole" in laboratory.execute(pipeline)["FailureReason"]


def test_a_job_outside_the_vpc_that_policies_demand_is_refused(laboratory: Laboratory) -> None:
    demanding = laboratory.aws.role(
        laboratory.account,
        allow("*"),
        deny("sagemaker:CreateProcessingJob", when={"Null": {"sagemaker:VpcSubnets": "true"}}),
        trust=TRUST,
    )
    vpc = {"NetworkConfig": {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}}
    outside = laboratory.create(step("Work", "Processing", laboratory.processing("")))
    inside = laboratory.create(step("Work", "Processing", laboratory.processing("", **vpc)))
    for pipeline in (outside, inside):
        laboratory.sagemaker.update_pipeline(PipelineName=pipeline, RoleArn=demanding)
    assert "explicit deny" in laboratory.execute(outside)["FailureReason"]
    assert laboratory.execute(inside)["PipelineExecutionStatus"] == "Succeeded"


def test_a_role_that_sagemaker_may_not_take_fails_the_execution(laboratory: Laboratory) -> None:
    pipeline = laboratory.create(fail("F"))
    untrusting = laboratory.aws.role(laboratory.account, allow("*"))
    laboratory.sagemaker.update_pipeline(PipelineName=pipeline, RoleArn=untrusting)
    assert "Could not assume role" in laboratory.execute(pipeline)["FailureReason"]


def test_arguments_that_the_api_does_not_know_make_no_pipeline(laboratory: Laboratory) -> None:
    misspelt = laboratory.processing("", NetworkConfiguration={"EnableNetworkIsolation": True})
    message = refusal(lambda: laboratory.create(step("Work", "Processing", misspelt)), code="ValidationException")
    assert "step Work, Arguments.NetworkConfiguration: CreateProcessingJob has no field" in message


def test_a_step_knows_the_name_of_its_job_and_a_condition_reads_what_it_wrote(laboratory: Laboratory) -> None:
    code = f"import json, os\njson.dump({{'job': os.environ['JOB']}}, open('{OUT}/report.json', 'w'))"
    where = join("/", laboratory.uri("runs"), get("Execution.ProcessingJobName"))
    work = laboratory.processing(code, outputs={"out": where}, Environment={"JOB": get("Execution.ProcessingJobName")})
    written = join("/", get("Steps.Work.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"), "report.json")
    of_report = {"Std:JsonGet": {"S3Uri": written, "Path": "$.job"}}
    pipeline = laboratory.create(
        step("Work", "Processing", work, CacheConfig={"Enabled": True, "ExpireAfter": "30dT5h"}),
        gate("Gate", compare("Equals", of_report, get("Steps.Work.ProcessingJobName")), otherwise=[fail("Other")]),
    )
    execution = laboratory.execute(pipeline)
    assert execution["PipelineExecutionStatus"] == "Succeeded", execution.get("FailureReason")
    name = laboratory.steps(execution)["Work"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    assert laboratory.keys("runs") == [f"runs/{name}/report.json"]


def test_a_condition_reads_from_s3_under_the_pipelines_role(laboratory: Laboratory) -> None:
    report = laboratory.put("reports/last.json", '{"auc": 0.9}')
    value = {"Std:JsonGet": {"S3Uri": join("", report), "Path": "auc"}}
    pipeline = laboratory.create(gate("Gate", compare("GreaterThan", value, 0.5)))
    assert laboratory.execute(pipeline)["PipelineExecutionStatus"] == "Succeeded"
    narrow = laboratory.aws.role(laboratory.account, allow("*"), deny("s3:GetObject"), trust=TRUST)
    laboratory.sagemaker.update_pipeline(PipelineName=pipeline, RoleArn=narrow)
    execution = laboratory.execute(pipeline)
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert "last.json" in laboratory.steps(execution)["Gate"]["FailureReason"]


def test_a_model_step_makes_a_model(laboratory: Laboratory) -> None:
    model = {
        "ExecutionRoleArn": laboratory.role,
        "PrimaryContainer": {"Image": "image", "ModelDataUrl": laboratory.uri("model.tar.gz")},
    }
    execution = laboratory.execute(laboratory.create(step("Make", "Model", model)))
    arn = laboratory.steps(execution)["Make"]["Metadata"]["Model"]["Arn"]
    found = laboratory.sagemaker.describe_model(ModelName=arn.rpartition("/")[2])
    assert found["ExecutionRoleArn"] == laboratory.role


def test_the_end_of_an_execution_is_an_event(laboratory: Laboratory) -> None:
    events, sqs = laboratory.aws.client("events", laboratory.account), laboratory.aws.client("sqs", laboratory.account)
    queue = sqs.create_queue(QueueName="ends")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    deliver = {
        **allow("sqs:SendMessage", on=arn),
        "Principal": {"Service": "events.amazonaws.com"},
    }
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy(deliver)})
    pattern = {"source": ["aws.sagemaker"], "detail": {"currentPipelineExecutionStatus": ["Failed"]}}
    events.put_rule(Name="ends", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="ends", Targets=[{"Id": "queue", "Arn": arn}])
    execution = laboratory.execute(laboratory.create(fail("F")))
    message = until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))[0]
    assert json.loads(message["Body"])["detail"]["pipelineExecutionArn"] == execution["PipelineExecutionArn"]
