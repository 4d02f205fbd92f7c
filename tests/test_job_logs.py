"""What jobs printed, read by boto3 from the local AWS."""

from __future__ import annotations

import time
from typing import Any

import pytest

from mlops_stages.job_logs import Job, JobLog, console_url, followed, kind_of, latest_execution
from tests.local.clients import REGION, LocalAws, allow
from tests.local.conftest import account, local_aws

__all__ = ["account", "local_aws"]  # fixtures
TRAINING = Job(kind="TrainingJob", name="fraud-train", step="Train")


@pytest.fixture
def logs(local_aws: LocalAws, account: str) -> Any:  # noqa: ANN401  # boto3 has no types
    return local_aws.client("logs", account)


def put(logs: Any, stream: str, *messages: str, group: str = TRAINING.group) -> None:  # noqa: ANN401
    for create, parameters in (
        (logs.create_log_group, {"logGroupName": group}),
        (logs.create_log_stream, {"logGroupName": group, "logStreamName": stream}),
    ):
        try:
            create(**parameters)
        except logs.exceptions.ResourceAlreadyExistsException:
            continue
    events = [{"timestamp": int(time.time() * 1000), "message": message} for message in messages]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def texts(reader: JobLog) -> list[str]:
    return [line.text for line in reader.new()]


def test_each_look_gives_what_came_since_the_last(logs: Any) -> None:  # noqa: ANN401
    reader = JobLog(logs, TRAINING)
    assert texts(reader) == []
    put(logs, "fraud-train/algo-1", "one", "two\n")
    put(logs, "fraud-train-2/algo-1", "of another job")
    assert texts(reader) == ["one", "two"]
    assert texts(reader) == []
    put(logs, "fraud-train/algo-2", "of its second instance")
    put(logs, "fraud-train/algo-1", "three")
    assert texts(reader) == ["three", "of its second instance"]


def test_a_jobs_kind_is_told_by_where_its_log_lies(logs: Any) -> None:  # noqa: ANN401
    assert kind_of(logs, "fraud-train") is None
    put(logs, "fraud-train/algo-1", "x", group="/aws/sagemaker/ProcessingJobs")
    assert kind_of(logs, "fraud-train") == "ProcessingJob"
    assert kind_of(logs, "fraud") is None


def test_a_group_that_is_refused_does_not_hide_the_job_in_another(local_aws: LocalAws, account: str, logs: Any) -> None:  # noqa: ANN401
    put(logs, "fraud-train/algo-1", "x", group="/aws/sagemaker/ProcessingJobs")
    group = f"arn:aws:logs:{REGION}:{account}:log-group:/aws/sagemaker/ProcessingJobs:*"
    some = local_aws.client("logs", local_aws.as_role(account, allow("logs:DescribeLogStreams", on=group)))
    assert kind_of(some, "fraud-train") == "ProcessingJob"


def test_a_mistyped_name_is_not_taken_for_a_refusal(local_aws: LocalAws, account: str, logs: Any) -> None:  # noqa: ANN401
    put(logs, "fraud-train/algo-1", "x", group="/aws/sagemaker/ProcessingJobs")
    group = f"arn:aws:logs:{REGION}:{account}:log-group:/aws/sagemaker/ProcessingJobs:*"
    some = local_aws.client("logs", local_aws.as_role(account, allow("logs:DescribeLogStreams", on=group)))
    assert kind_of(some, "fraud-trian") is None
    none = local_aws.client("logs", local_aws.as_role(account, allow("logs:DescribeLogStreams", on=f"{group}-other")))
    with pytest.raises(none.exceptions.ClientError, match="AccessDenied"):
        kind_of(none, "fraud-train")


def test_following_goes_on_until_the_end_and_looks_once_more(logs: Any) -> None:  # noqa: ANN401
    answers = iter([((), False), ((TRAINING,), False), ((TRAINING,), True), ((TRAINING,), True)])
    pauses: list[int] = []

    def pause() -> None:
        pauses.append(len(pauses))
        put(logs, "fraud-train/algo-1", f"after look {len(pauses)}")

    told = [line.text for line in followed(logs, lambda: next(answers), follow=True, pause=pause)]
    assert told == ["after look 1", "after look 2", "after look 3"]
    assert next(answers, None) is None


def test_without_following_one_look_is_all(logs: Any) -> None:  # noqa: ANN401
    put(logs, "fraud-train/algo-1", "so far")

    def never() -> None:
        raise AssertionError

    assert [line.text for line in followed(logs, lambda: ((TRAINING,), False), follow=False, pause=never)] == ["so far"]


def test_a_pipeline_that_never_ran_has_no_last_execution(local_aws: LocalAws, account: str) -> None:
    sagemaker = local_aws.client("sagemaker", account)
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        latest_execution(sagemaker, "fraud-card-fraud")


@pytest.mark.parametrize(("partition", "host"), [("aws", "console.aws.amazon.com"), ("aws-cn", "console.amazonaws.cn")])
def test_the_console_shows_the_streams_of_the_job(partition: str, host: str) -> None:
    assert console_url(partition, "eu-west-1", TRAINING) == (
        f"https://eu-west-1.{host}/cloudwatch/home?region=eu-west-1"
        "#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FTrainingJobs$3FlogStreamNameFilter$3Dfraud-train"
    )
