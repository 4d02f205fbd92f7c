"""Statements that several capabilities share: looking, without changing anything."""

from mlops_stages.foundation.statement import Statement


def list_studio() -> Statement:
    """List what Studio holds."""
    return Statement(
        sid="ListStudio",
        actions=[
            "sagemaker:ListApps",
            "sagemaker:ListDomains",
            "sagemaker:ListMlflowApps",
            "sagemaker:ListSpaces",
            "sagemaker:ListUserProfiles",
        ],
        why="these lists take no resource; names are no secret inside the account",
    )


def see_jobs() -> tuple[Statement, ...]:
    """List what runs; the names of jobs are no secret inside the account."""
    return (
        Statement(
            sid="SeeWhatRuns",
            actions=[
                "sagemaker:ListHyperParameterTuningJobs",
                "sagemaker:ListModels",
                "sagemaker:ListProcessingJobs",
                "sagemaker:ListTrainingJobs",
                "sagemaker:ListTransformJobs",
            ],
            why="SageMaker's list actions take no resource",
        ),
    )


def list_log_groups() -> Statement:
    """Find a log group in the console; to search one, FilterLogEvents, is a right to other teams' logs in it too."""
    return Statement(sid="ListLogGroups", actions=["logs:DescribeLogGroups"], why="takes no resource")


def read_metrics() -> Statement:
    """Look at metrics and alarms."""
    return Statement(
        sid="ReadMetrics",
        actions=["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics"],
        why="reading metrics takes no resource",
    )
