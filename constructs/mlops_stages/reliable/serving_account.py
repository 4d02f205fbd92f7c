"""An account in which models serve: one for staging, one for production, or one for both."""

from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import Network, Perimeter, actions_of
from mlops_stages.initial import AccountBaseline, GivenFromOutside, NetworkOptions, account_network
from mlops_stages.platform import Addresses
from mlops_stages.reliable.capture_store import Capture
from mlops_stages.reliable.decisions.statements import read_decisions
from mlops_stages.reliable.model_transform import start_jobs
from mlops_stages.reliable.monitors.statements import judge_earlier_days, run_monitors, see_model
from mlops_stages.reliable.notices.statements import acknowledge_alarms, notify
from mlops_stages.reliable.queries.statements import query_decisions
from mlops_stages.reliable.release_roles import release_actions
from mlops_stages.reliable.scheduled_function import call
from mlops_stages.reliable.served_model import ServedModel
from mlops_stages.reliable.serving_role import serving_actions
from mlops_stages.repeatable.shared_baselines import list_candidates, read_baselines
from mlops_stages.runtime.decisions.settings import Input, Settings
from mlops_stages.serving.batch import Batch, Place
from mlops_stages.serving.capacity import Instances

SERVICES = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
"""What the roles of flow logs and of the audit trail do."""
_ANYWHERE = Place(bucket_name="", prefix="", key_arn="")
_READ = Settings(
    endpoint="", variants=("any",), capture_bucket="", bucket="", queue="", inputs=(Input(name="any", type="number"),)
)
_STORE = "a-bucket"


def actions_in_use() -> tuple[str, ...]:
    """Every action that a role of an account that serves may use: what its boundary lets through."""
    nowhere = Addresses(platform="", partition="", region="", experimentation="", development="", tooling="", data="")
    served = ServedModel(
        addresses=nowhere,
        perimeter=Perimeter(partition="", account="", region=""),
        team="",
        model="",
        environment="",
        owner="",
        network=Network(vpc_id="", subnet_ids=(), workload_security_group_id=""),
    )
    scaling = Instances(type="", minimum=1, maximum=2)
    batch = Batch(given=_ANYWHERE, made=_ANYWHERE, schedule="", instance_type="")
    capture = Capture(bucket_arn="", destination="", key_arn="")
    return tuple(
        sorted(
            {
                *serving_actions(served, capture=capture, volume_key_arn="a-key"),
                *serving_actions(served, capture=capture, volume_key_arn="a-key", batch=batch),
                *release_actions(served, runs_on=[scaling, batch]),
                *actions_of(start_jobs(served, batch, "a-key", "a-key")),
                *actions_of(read_decisions(served, _READ, "a-key", "a-queue", "a-queue", "a-key")),
                *actions_of(read_baselines(nowhere, "", "")),
                *actions_of(list_candidates(nowhere, "", "")),
                *actions_of(run_monitors(served, _STORE, "a-key", "a-queue", "a-key")),
                *actions_of(see_model(served, _STORE, "a-key")),
                *actions_of(judge_earlier_days(served)),
                *actions_of(query_decisions(served, _STORE, "a-key")),
                *actions_of(acknowledge_alarms(served, _STORE, "a-key")),
                *actions_of(
                    notify(
                        served,
                        bucket_name=_STORE,
                        data_key_arn="a-key",
                        topic_arns=["a-topic"],
                        schedule_role_arn="a-role",
                        failed_arn="a-queue",
                        key_arn="a-key",
                    )
                ),
                *actions_of(call("a-function", "a-queue", "a-key")),
                *SERVICES,
            }
        )
    )


class ServingAccount(Construct):
    """Permissions boundary, logs, alarms and a network for instances that serve; teams come on top.

    Only S3 is reached from the network, by its gateway: the containers are isolated and call nothing, SageMaker brings
    them image and artefact and takes what is captured, and requests come by SageMaker's own front. All its names hold
    the environment's, so that staging, production and the purposes of the stages below may share an account.

    Source: https://docs.aws.amazon.com/prescriptive-guidance/latest/ml-operations-planning/welcome.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        environment: str,
        owner: str,
        perimeter: Perimeter,
        network: NetworkOptions,
        given: GivenFromOutside | None = None,
        with_audit_trail: bool = True,
    ) -> None:
        """Create the account's shared part.

        Args:
            scope: the parent.
            id: the construct's id in it.
            platform: the organization's name, which starts all names.
            environment: `staging` or `production`.
            owner: e-mail address of who is told about alarms.
            perimeter: the account and its organization.
            network: a VPC to make for what serves, or one to use.
            given: what exists already.
            with_audit_trail: false where the account has the platform's trail already, for another purpose.
        """
        super().__init__(scope, id)
        actions = actions_in_use()
        baseline = AccountBaseline(
            self,
            platform=platform,
            owner=owner,
            perimeter=perimeter,
            boundary_name=f"{platform}-{environment}-boundary",
            operations_alias=f"{platform}/{environment}/operations",
            actions=actions,
            trail_name=f"{platform}-audit" if with_audit_trail else None,
            given=given,
        )
        self.permissions_boundary_arn: str = baseline.permissions_boundary_arn
        self.access_log_bucket: s3.IBucket = baseline.access_log_bucket
        self.alarm_topic = baseline.alarm_topic
        self.network: Network = account_network(
            self,
            network,
            perimeter=perimeter,
            endpoint_actions=[action for action in actions if action.startswith("s3:")],
            flow_log_key=baseline.operations_key,
            permissions_boundary_arn=self.permissions_boundary_arn,
        )
        baseline.start_trail_after_the_rest()
