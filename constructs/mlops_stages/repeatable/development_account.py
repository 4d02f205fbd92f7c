"""The account in which pipelines train."""

from aws_cdk import Token
from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import EventNotice, Network, Perimeter, actions_of
from mlops_stages.foundation.event_notice import calls_of
from mlops_stages.initial import AccountBaseline, GivenFromOutside, NetworkOptions, account_network
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.repeatable.pipeline_statements import (
    PipelineWork,
    run_steps,
    start_pipelines,
    start_retraining,
    train,
)

SERVICES = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
"""What the roles of flow logs and of the audit trail do."""


def actions_in_use() -> tuple[str, ...]:
    """Every action that a role of the development account may use: what the boundary lets through."""
    nowhere = Addresses(platform="", partition="", region="", experimentation="", development="", tooling="", data="")
    perimeter = Perimeter(partition="", account="", region="")
    work = PipelineWork(
        addresses=nowhere,
        team="",
        model="",
        classifications=[DataClassification.PUBLIC],
        perimeter=perimeter,
        network=Network(vpc_id="", subnet_ids=(), workload_security_group_id=""),
        instance_types=(),
        key_arn="",
    )
    steps = (statement for portion in run_steps(work).values() for statement in portion)
    retraining = start_retraining(nowhere, "", "", [DataClassification.PUBLIC])
    used = actions_of([*steps, *train(nowhere, "", perimeter), *start_pipelines(nowhere, ""), *retraining])
    return tuple(sorted({*used, *SERVICES}))


class DevelopmentAccount(Construct):
    """Permissions boundary, logs, alarms and a network for the jobs of pipelines; teams come on top.

    Only S3 is reached from the network, by its gateway: the jobs' containers are isolated and call nothing, SageMaker
    brings them their data through the network.

    Source: https://docs.aws.amazon.com/prescriptive-guidance/latest/ml-operations-planning/welcome.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        owner: str,
        perimeter: Perimeter,
        addresses: Addresses,
        network: NetworkOptions,
        given: GivenFromOutside | None = None,
        with_audit_trail: bool = True,
    ) -> None:
        """Create the account's shared part.

        Args:
            scope: the parent.
            id: the construct's id in it.
            platform: the organization's name, which starts all names.
            owner: e-mail address of who is told about alarms.
            perimeter: the account and its organization.
            addresses: must name the same account for development.
            network: a VPC to make for jobs, or one to use.
            given: what exists already.
            with_audit_trail: false where the account has the platform's trail already, for another purpose.

        Raises:
            ValueError: `REP-084` for addresses of another development account.
        """
        refuse_elsewhere(id, addresses, perimeter)
        super().__init__(scope, id)
        baseline = AccountBaseline(
            self,
            platform=platform,
            owner=owner,
            perimeter=perimeter,
            boundary_name=f"{platform}-development-boundary",
            operations_alias=f"{platform}/development/operations",
            actions=actions_in_use(),
            trail_name=f"{platform}-audit" if with_audit_trail else None,
            tells_of_calls=True,
            given=given,
        )
        self.permissions_boundary_arn: str = baseline.permissions_boundary_arn
        self.access_log_bucket: s3.IBucket = baseline.access_log_bucket
        self.alarm_topic = baseline.alarm_topic
        started = "requestParameters"
        EventNotice(
            self,
            "PartialRuns",
            name=f"{platform}-development-partial-runs",
            # `exists` looks at values, not at the objects around them.
            pattern=calls_of(
                "sagemaker",
                ["StartPipelineExecution"],
                **{
                    "$or": [
                        {started: {"selectiveExecutionConfig": {"selectedSteps": {"stepName": [{"exists": True}]}}}},
                        {started: {"selectiveExecutionConfig": {"sourcePipelineExecutionArn": [{"exists": True}]}}},
                        {started: {"pipelineVersionId": [{"exists": True}]}},
                    ]
                },
            ),
            why="A part of a pipeline, or another version of it than the deployed one, was started, or refused.",
            topic_arns=[self.alarm_topic.topic_arn],
            failures_to=self.alarm_topic.topic_arn,
        )
        self.network: Network = account_network(
            self,
            network,
            perimeter=perimeter,
            endpoint_actions=[action for action in actions_in_use() if action.startswith("s3:")],
            flow_log_key=baseline.operations_key,
            permissions_boundary_arn=self.permissions_boundary_arn,
        )
        baseline.start_trail_after_the_rest()


def refuse_elsewhere(id: str, addresses: Addresses, perimeter: Perimeter) -> None:
    """Refuse addresses whose development account is another than the one that is built.

    Raises:
        ValueError: `REP-084`.
    """
    if addresses.development != perimeter.account and not Token.is_unresolved(perimeter.account):
        message = (
            f"REP-084: {id}: the addresses say that pipelines train in account {addresses.development}, the perimeter "
            f"is {perimeter.account}; give those of one account"
        )
        raise ValueError(message)
