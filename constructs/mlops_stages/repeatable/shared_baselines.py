"""What the role that judges a model reads of its versions in another account: baselines, and answers of candidates."""

from mlops_stages.foundation import Statement
from mlops_stages.platform import Addresses
from mlops_stages.repeatable.artifact_store import EVALUATIONS
from mlops_stages.repeatable.sharing import decrypt_through_s3


def read_baselines(addresses: Addresses, team: str, model: str) -> tuple[Statement, ...]:
    """The statements for that role: look a version up in the registry, and read what lies beside its evaluation.

    Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy-xaccount.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html
    """
    bucket = addresses.bucket_arn(addresses.artifacts_bucket(team))
    return (
        Statement(
            sid="LookVersionsUp",
            actions=["sagemaker:DescribeModelPackage"],
            resources=[addresses.packages(team, model)],
            why="the versions of this model",
        ),
        Statement(
            sid="ReadEvaluationsOfTheModel",
            actions=["s3:GetObject"],
            resources=[f"{bucket}/{EVALUATIONS}/{model}/*"],
            why="a folder for each run of the model's pipeline",
        ),
        decrypt_through_s3("DecryptEvaluations", addresses, addresses.tooling, addresses.artifacts_key_alias(team)),
    )


def list_candidates(addresses: Addresses, team: str, model: str) -> tuple[Statement, ...]:
    """The statement for that role where candidates are judged: list the versions that wait for approval."""
    return (
        Statement(
            sid="ListVersions",
            actions=["sagemaker:ListModelPackages"],
            resources=[addresses.package_group(team, model), addresses.packages(team, model)],
            why="the versions of this model",
        ),
    )


def evaluations_of(addresses: Addresses, team: str, model: str) -> str:
    """What the addresses of a model's evaluations start with."""
    return f"s3://{addresses.artifacts_bucket(team)}/{EVALUATIONS}/{model}/"
