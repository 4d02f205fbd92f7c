"""What happens to pipelines in the development account, as statements: they run, people follow them, CI starts them.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mlops_stages.foundation import Account, Network, Perimeter, Statement
from mlops_stages.foundation.capabilities import (
    attach_jobs_to_network,
    deny_file_systems,
    deny_other_output_keys,
    deny_other_volume_keys,
    encrypt_volumes,
    isolated,
    write_logs_of_jobs,
)
from mlops_stages.foundation.capabilities.seeing import list_log_groups, read_metrics
from mlops_stages.foundation.customer_managed_key import ENCRYPT_AND_DECRYPT
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.repeatable.artifact_store import CODE, EVALUATIONS, MODELS, READ_OBJECTS, WRITE_OBJECTS
from mlops_stages.repeatable.data_names import MANIFESTS, DataNames
from mlops_stages.repeatable.model_package_group import READ, REGISTER, registers_pending_with_origin
from mlops_stages.repeatable.shared_data import read_shared_data
from mlops_stages.repeatable.shared_requests import read_requests
from mlops_stages.repeatable.sharing import decrypt_through_s3

JOB_KINDS = ("processing-job", "training-job")
"""The kinds of jobs that steps of a pipeline run."""
_LOG_GROUPS = ("log-group:/aws/sagemaker/ProcessingJobs", "log-group:/aws/sagemaker/TrainingJobs")
_CREATE_JOBS = ("sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob")
_DESCRIBE_JOBS = ("sagemaker:DescribeProcessingJob", "sagemaker:DescribeTrainingJob")
_STOP_JOBS = ("sagemaker:StopProcessingJob", "sagemaker:StopTrainingJob")
_FOLLOW = (
    "sagemaker:DescribePipelineDefinitionForExecution",
    "sagemaker:DescribePipelineExecution",
    "sagemaker:ListPipelineExecutionSteps",
    "sagemaker:ListPipelineParametersForExecution",
)
_LOOK_UP = ("sagemaker:DescribePipeline", "sagemaker:ListPipelineExecutions")
_TEAMS_OWN = "names that start with the team's; no team's name begins another's"


@dataclass(frozen=True, kw_only=True)
class PipelineWork:
    """What the statements of one model's pipeline refer to.

    Attributes:
        addresses: the names of what is in other accounts.
        team: whose model it is.
        model: the model's name.
        classifications: of the team's data, those that the model may read.
        perimeter: the development account.
        network: where its jobs run.
        instance_types: what they may run on.
        key_arn: the key of the team's pipelines: what passes the steps, and the volumes of jobs.
        is_retrained: whether it scores requests of production, which are in that account.
    """

    addresses: Addresses
    team: str
    model: str
    classifications: Sequence[DataClassification]
    perimeter: Perimeter
    network: Network
    instance_types: Sequence[str]
    key_arn: str
    is_retrained: bool = False

    @property
    def jobs(self) -> list[str]:
        """The patterns of the ARNs of the team's jobs."""
        return jobs_of(self.team, self.perimeter)


def jobs_of(team: str, perimeter: Perimeter) -> list[str]:
    """The patterns of the ARNs of a team's jobs: the definitions give them a name that starts with the team's."""
    return [perimeter.arn("sagemaker", f"{kind}/{team}-*") for kind in JOB_KINDS]


def run_steps(work: PipelineWork) -> dict[str, tuple[Statement, ...]]:
    """What the role of a model's pipeline, and of its jobs, does: in portions, each within IAM's size of a policy."""
    return {
        "RunJobs": _run_jobs(work),
        "EquipJobs": _equip_jobs(work),
        "ReadData": read_shared_data(work.addresses, work.team, work.classifications),
        "ReadRequests": read_requests(work.addresses, work.team, work.model) if work.is_retrained else (),
        "KeepResults": (*_pass_on(work), *_artifacts(work), *_register(work)),
    }


def _run_jobs(work: PipelineWork) -> tuple[Statement, ...]:
    account = Account(
        platform=work.addresses.platform,
        perimeter=work.perimeter,
        network=work.network,
        instance_types=work.instance_types,
        key_arn=work.key_arn,
    )
    artifacts = work.addresses.artifacts_key_alias(work.team)
    tooling = work.addresses.tooling
    # A key of another account has an id that nobody here knows. AWS says that the condition sees "the ARN of the
    # key-id": by it this allows any key of the tooling account, of which the role may use the team's alone (below).
    output_keys = [
        work.key_arn,
        work.addresses.key_alias_arn(tooling, artifacts),
        work.addresses.keys(tooling),
    ]
    for_this_model = {"aws:RequestTag/team": work.team, "aws:RequestTag/model": work.model}
    return (
        Statement(
            sid="RunStepsOnlyIsolated",
            actions=_CREATE_JOBS,
            resources=work.jobs,
            conditions={**isolated(account), "StringEquals": for_this_model},
            why=_TEAMS_OWN,
        ),
        deny_file_systems(["sagemaker:CreateTrainingJob"]),
        deny_other_volume_keys([work.key_arn], _CREATE_JOBS),
        deny_other_output_keys(output_keys, _CREATE_JOBS),
        Statement(
            sid="TagJobsWhileCreatingThem",
            actions=["sagemaker:AddTags"],
            resources=work.jobs,
            conditions={"Null": {"sagemaker:TaggingAction": "false"}, "StringEquals": for_this_model},
            why=_TEAMS_OWN,
        ),
        Statement(
            sid="FollowAndStopItsJobs", actions=[*_DESCRIBE_JOBS, *_STOP_JOBS], resources=work.jobs, why=_TEAMS_OWN
        ),
        Statement(
            sid="LetJobsRunUnderThisVeryRole",
            actions=["iam:PassRole"],
            resources=[work.addresses.pipeline_role(work.team, work.model)],
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
    )


def _equip_jobs(work: PipelineWork) -> tuple[Statement, ...]:
    groups = [group.rpartition("/")[2] for group in _LOG_GROUPS]
    namespaces = ["/aws/sagemaker/*", f"{work.addresses.platform}/{work.team}/*"]
    return (
        *attach_jobs_to_network(work.perimeter, work.network),
        *encrypt_volumes(work.key_arn),
        *write_logs_of_jobs(work.perimeter, groups, [f"{group}:log-stream:{work.team}-*" for group in groups]),
        Statement(
            sid="PublishTheMetricsOfJobs",
            actions=["cloudwatch:PutMetricData"],
            conditions={"StringLike": {"cloudwatch:namespace": namespaces}},
            why="PutMetricData takes no resource; the namespace narrows it",
        ),
        Statement(sid="SignInToRegistries", actions=["ecr:GetAuthorizationToken"], why="takes no resource"),
        Statement(
            sid="PullTheModelsImages",
            # SageMaker describes the image of a model that is registered.
            actions=[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:DescribeImages",
                "ecr:GetDownloadUrlForLayer",
            ],
            resources=[work.addresses.image_repository(work.team, work.model)],
        ),
    )


def _pass_on(work: PipelineWork) -> tuple[Statement, ...]:
    """From one step to the next, in the model's own part of the team's bucket here."""
    bucket = work.addresses.bucket_arn(work.addresses.pipelines_bucket(work.team))
    return (
        Statement(
            sid="PassOnFromStepToStep",
            actions=[*READ_OBJECTS, *WRITE_OBJECTS],
            resources=[f"{bucket}/{work.model}/*"],
            why="the model's own part of the team's bucket",
        ),
        *_list(bucket, "Steps", [work.model]),
        Statement(
            sid="EncryptWhatIsPassedOn",
            actions=ENCRYPT_AND_DECRYPT,
            resources=[work.key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"s3.{work.perimeter.region}.amazonaws.com"}},
        ),
    )


def _artifacts(work: PipelineWork) -> tuple[Statement, ...]:
    addresses = work.addresses
    bucket = addresses.bucket_arn(addresses.artifacts_bucket(work.team))
    own = [f"{prefix}/{work.model}" for prefix in (MODELS, EVALUATIONS)]
    return (
        Statement(
            sid="ReadTheCodeOfCommits",
            actions=READ_OBJECTS,
            resources=[f"{bucket}/{CODE}/*"],
            why="each commit has a prefix of its own",
        ),
        Statement(
            sid="KeepModelsAndEvaluations",
            actions=[*READ_OBJECTS, *WRITE_OBJECTS],
            resources=[f"{bucket}/{prefix}/*" for prefix in own],
            why="the model's own parts of the team's bucket",
        ),
        *_list(bucket, "Artifacts", [CODE, *own]),
        Statement(
            sid="UseTheKeyOfArtifacts",
            actions=ENCRYPT_AND_DECRYPT,
            resources=[addresses.keys(addresses.tooling)],
            conditions={"ForAnyValue:StringEquals": {"kms:ResourceAliases": addresses.artifacts_key_alias(work.team)}},
            why="a key of another account has an id that nobody here knows; its alias names it",
        ),
    )


def _list(bucket: str, whose: str, prefixes: Sequence[str]) -> tuple[Statement, Statement]:
    """List some prefixes of a bucket. HeadBucket names none and is refused; GetBucketLocation answers instead."""
    return (
        Statement(
            sid=f"List{whose}",
            actions=["s3:ListBucket"],
            resources=[bucket],
            conditions={"StringLike": {"s3:prefix": [f"{prefix}{end}" for prefix in prefixes for end in ("", "/*")]}},
        ),
        Statement(sid=f"FindTheBucketOf{whose}", actions=["s3:GetBucketLocation"], resources=[bucket]),
    )


def _register(work: PipelineWork) -> tuple[Statement, ...]:
    both = [work.addresses.package_group(work.team, work.model), work.addresses.packages(work.team, work.model)]
    return (
        Statement(
            sid="RegisterPendingWithItsOrigin",
            actions=REGISTER,
            resources=both,
            conditions=registers_pending_with_origin(),
            why="the versions of the model's own group",
        ),
        Statement(sid="SeeWhatIsRegistered", actions=READ, resources=both, why="the versions of the model's own group"),
    )


def start_pipelines(addresses: Addresses, team: str) -> tuple[Statement, ...]:
    """What CI does, and it alone: start the team's pipelines, and wait for their end.

    Only the deployed version: an older one may have another gate. Whoever starts a run names commit, image and dataset
    by its parameters, which no policy can check: the checker has all of them registered with the model.
    """
    return (
        Statement(
            sid="StartTheTeamsPipelines",
            actions=["sagemaker:StartPipelineExecution"],
            resources=[addresses.pipeline(team, "*")],
            conditions={"Null": {"sagemaker:PipelineVersionId": "true"}},
            why=_TEAMS_OWN,
        ),
        *_follow_pipelines(addresses, team),
    )


def start_retraining(
    addresses: Addresses, team: str, model: str, classifications: Sequence[DataClassification]
) -> tuple[Statement, ...]:
    """What a model's retraining does here: look for newer data, start the model's own pipeline, see how that ends."""
    pipeline, names = (
        addresses.pipeline(team, model),
        DataNames(addresses=addresses, team=team, classifications=classifications),
    )
    return (
        Statement(
            sid="StartTheModelsPipeline",
            actions=["sagemaker:StartPipelineExecution"],
            resources=[pipeline],
            conditions={"Null": {"sagemaker:PipelineVersionId": "true"}},
        ),
        Statement(sid="SeeWhetherItRuns", actions=["sagemaker:ListPipelineExecutions"], resources=[pipeline]),
        Statement(
            sid="SeeHowItEnds",
            actions=["sagemaker:DescribePipelineExecution", "sagemaker:ListPipelineExecutionSteps"],
            resources=[f"{pipeline}/execution/*"],
            why="the runs of the model's own pipeline",
        ),
        Statement(
            sid="ListVersionsOfDatasets",
            actions=["s3:ListBucket"],
            resources=names.buckets,
            conditions={"StringLike": {"s3:prefix": f"{MANIFESTS}/*"}},
        ),
        Statement(
            sid="ReadManifestsOfDatasets",
            actions=["s3:GetObject"],
            resources=names.objects([MANIFESTS]),
            why="what versions of datasets consist of, and none of their rows",
        ),
        decrypt_through_s3("DecryptManifests", addresses, addresses.data, names.key_aliases),
    )


def _follow_pipelines(addresses: Addresses, team: str) -> tuple[Statement, ...]:
    pipelines = addresses.pipeline(team, "*")
    return (
        Statement(sid="LookUpTheTeamsPipelines", actions=_LOOK_UP, resources=[pipelines], why=_TEAMS_OWN),
        Statement(
            sid="FollowAndStopTheirRuns",
            actions=[*_FOLLOW, "sagemaker:StopPipelineExecution"],
            resources=[f"{pipelines}/execution/*"],
            why=_TEAMS_OWN,
        ),
    )


def train(addresses: Addresses, team: str, perimeter: Perimeter) -> tuple[Statement, ...]:
    """What people who train do: follow, stop and retry what CI started, and nothing that no commit decides."""
    return (
        *_follow_pipelines(addresses, team),
        Statement(
            sid="TryRunsAgain",
            actions=["sagemaker:RetryPipelineExecution"],
            resources=[f"{addresses.pipeline(team, '*')}/execution/*"],
            why="names that start with the team's; a run is tried again with its own parameters",
        ),
        Statement(
            sid="SeeWhatThereIs",
            actions=["sagemaker:ListPipelines", "sagemaker:ListProcessingJobs", "sagemaker:ListTrainingJobs"],
            why="lists take no resource; names are no secret inside the account",
        ),
        Statement(sid="SeeTheTeamsJobs", actions=_DESCRIBE_JOBS, resources=jobs_of(team, perimeter), why=_TEAMS_OWN),
        Statement(
            sid="ReadTheLogsOfTheTeamsJobs",
            actions=["logs:GetLogEvents"],
            resources=[perimeter.arn("logs", f"{group}:log-stream:{team}-*") for group in _LOG_GROUPS],
            why="a log may quote the data, so it is the team's own; its streams start with the job's name",
        ),
        Statement(
            sid="FindTheLogsOfJobs",
            actions=["logs:DescribeLogStreams"],
            resources=[end for group in _LOG_GROUPS for end in _group(perimeter, group)],
            why="the two log groups of such jobs; it shows names and times",
        ),
        list_log_groups(),
        read_metrics(),
    )


def _group(perimeter: Perimeter, group: str) -> tuple[str, str]:
    # IAM knows a log group with and without the colon and star at its end, by action.
    return perimeter.arn("logs", group), perimeter.arn("logs", f"{group}:*")
