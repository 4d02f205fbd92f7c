"""The role under which SageMaker serves one model."""

from collections.abc import Sequence

from constructs import Construct

from mlops_stages.foundation import DutyRole, Statement, actions_of
from mlops_stages.foundation.capabilities import attach_jobs_to_network, encrypt_volumes
from mlops_stages.reliable.capture_store import CAPTURE, Capture
from mlops_stages.reliable.served_model import ServedModel
from mlops_stages.repeatable.artifact_store import MODELS, READ_OBJECTS
from mlops_stages.repeatable.image_registry import PULL

_WRITE_CAPTURE = ("s3:AbortMultipartUpload", "s3:PutObject")


class ServingRole(Construct):
    """A role for SageMaker alone, named `PLATFORM-MODEL.serve-ENVIRONMENT`, for one model's endpoint or transform.

    It pulls the model's images, reads the model's artefacts, writes what is captured and logged under the endpoint's
    own name, and looks at the alarms that decide on a rollback. It reads no captured decision, calls no endpoint and
    changes nothing.

    Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        capture: Capture | None,
        volume_key_arn: str | None,
        permissions_boundary_arn: str,
    ) -> None:
        """Create the role and its policies.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it serves.
            capture: where its decisions are captured; None where none are.
            volume_key_arn: the key of the instances' volumes; None for a serverless endpoint, which has none.
            permissions_boundary_arn: the most it may ever do.

        Raises:
            ValueError: `REL-032` for a name out of its bounds; `FND-080` and `FND-081` for a name or a
                policy over IAM's limits.
        """
        served.check(id)
        super().__init__(scope, id)
        role = DutyRole(
            self,
            "Role",
            platform=served.addresses.platform,
            team=served.team,
            name=served.role_name,
            description=f"Serves model {served.model} in {served.environment}",
            trust=[_trust(served)],
            statements=[*_fetch(served), *_tell(served), *_capture(served, capture)],
            further=_equip(served, volume_key_arn),
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn


def serving_actions(
    served: ServedModel, *, capture: Capture | None = None, volume_key_arn: str | None = None
) -> tuple[str, ...]:
    """What the role does: the least that a boundary over it must allow, and that its network's endpoints must pass."""
    equipment = [statement for portion in _equip(served, volume_key_arn).values() for statement in portion]
    return actions_of([*_fetch(served), *_tell(served), *_capture(served, capture), *equipment])


def _trust(served: ServedModel) -> Statement:
    return Statement(
        sid="SageMakerForThisAccount",
        principals={"Service": ["sagemaker.amazonaws.com"]},
        actions=["sts:AssumeRole"],
        conditions={
            **served.perimeter.from_this_account,
            "ArnLike": {"aws:SourceArn": served.perimeter.arn("sagemaker", "*")},
        },
        why="which of its resources SageMaker names for an endpoint, AWS does not say",
    )


def _fetch(served: ServedModel) -> tuple[Statement, ...]:
    addresses = served.addresses
    bucket = addresses.bucket_arn(addresses.artifacts_bucket(served.team))
    own = f"{MODELS}/{served.model}"
    return (
        Statement(sid="SignInToRegistries", actions=["ecr:GetAuthorizationToken"], why="takes no resource"),
        Statement(
            sid="PullTheModelsImages",
            actions=PULL,
            resources=[addresses.image_repository(served.team, served.model)],
        ),
        Statement(
            sid="ReadTheModelsArtefacts",
            actions=READ_OBJECTS,
            resources=[f"{bucket}/{own}/*"],
            why="each run of the model's pipeline has a prefix of its own there",
        ),
        Statement(
            sid="ListTheModelsArtefacts",
            actions=["s3:ListBucket"],
            resources=[bucket],
            conditions={"StringLike": {"s3:prefix": [own, f"{own}/*"]}},
        ),
        Statement(sid="FindTheBucketOfArtefacts", actions=["s3:GetBucketLocation"], resources=[bucket]),
        Statement(
            sid="DecryptTheModelsArtefacts",
            actions=["kms:Decrypt"],
            resources=[addresses.keys(addresses.tooling)],
            conditions={
                "StringEquals": {"kms:ViaService": f"s3.{addresses.region}.amazonaws.com"},
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": addresses.artifacts_key_alias(served.team)},
            },
            why="a key of another account has an id that nobody here knows; its alias names it",
        ),
    )


def _tell(served: ServedModel) -> tuple[Statement, ...]:
    group = served.perimeter.arn("logs", f"log-group:{served.log_group_name}")
    return (
        Statement(
            sid="WriteTheEndpointsLogs",
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            # IAM knows a log group with and without what follows its name, by action.
            resources=[group, f"{group}:*"],
            why="the streams of this endpoint's own log group",
        ),
        Statement(
            sid="PublishTheUseOfInstances",
            actions=["cloudwatch:PutMetricData"],
            conditions={"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/Endpoints"}},
            why="PutMetricData takes no resource; the namespace narrows it",
        ),
        Statement(
            sid="LookAtTheRollbackAlarms",
            actions=["cloudwatch:DescribeAlarms"],
            resources=[served.perimeter.arn("cloudwatch", f"alarm:{served.config_prefix}*")],
            why="each version has alarms of its own, whose names start with the model's and the version's",
        ),
    )


def _capture(served: ServedModel, capture: Capture | None) -> tuple[Statement, ...]:
    if capture is None:
        return ()
    return (
        Statement(
            sid="CaptureDecisions",
            actions=_WRITE_CAPTURE,
            resources=[f"{capture.bucket_arn}/{CAPTURE}/{served.endpoint_name}/*"],
            why="this endpoint's own part, where SageMaker makes a folder an hour",
        ),
        Statement(sid="FindTheBucketOfDecisions", actions=["s3:GetBucketLocation"], resources=[capture.bucket_arn]),
        Statement(
            sid="EncryptDecisions",
            # Decrypt, since a large file is written in parts; without GetObject there is nothing to read with it.
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[capture.key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"s3.{served.perimeter.region}.amazonaws.com"}},
        ),
    )


def _equip(served: ServedModel, volume_key_arn: str | None) -> dict[str, Sequence[Statement]]:
    network = () if served.network is None else attach_jobs_to_network(served.perimeter, served.network)
    volumes = () if volume_key_arn is None else encrypt_volumes(volume_key_arn)
    return {"Instances": (*network, *volumes)} if network or volumes else {}
