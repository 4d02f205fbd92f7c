"""The account in which all teams' data lies."""

from aws_cdk import Token
from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import Network, Perimeter, actions_of
from mlops_stages.initial import AccountBaseline, GivenFromOutside, NetworkOptions, account_network
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.repeatable.data_catalog import DataCatalog
from mlops_stages.repeatable.data_job_equipment import equip_data_jobs
from mlops_stages.repeatable.data_names import DataNames
from mlops_stages.repeatable.data_statements import (
    DataTeam,
    curate,
    keep_features,
    make_datasets,
    run_data_jobs,
    write_features,
)

SERVICES = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
"""What the roles of flow logs and of the audit trail do."""


def actions_in_use() -> tuple[str, ...]:
    """Every action that a role of the data account may use: the boundary's and the endpoints' list."""
    public = DataClassification.PUBLIC
    nowhere = Addresses(platform="", partition="", region="", experimentation="", development="", tooling="", data="")
    team = DataTeam(
        names=DataNames(addresses=nowhere, team="", classifications=[public]),
        perimeter=Perimeter(partition="", account="", region=""),
        network=Network(vpc_id="", subnet_ids=(), workload_security_group_id=""),
        keys={public: ""},
        instance_types=(),
        feature_groups={public: ("",)},
    )
    equipment = equip_data_jobs(nowhere, "", team.perimeter, team.network)
    jobs = [*make_datasets(team, public), *write_features(team, public), *equipment]
    used = actions_of([*jobs, *curate(team), *run_data_jobs(team), *keep_features(team)])
    # Needs no permission, but a way there: SDKs in jobs ask who they are.
    return tuple(sorted({*used, *SERVICES, "sts:GetCallerIdentity"}))


class DataAccount(Construct):
    """Permissions boundary, logs, alarms, a network for data jobs and an encrypted catalog; teams come on top.

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
        with_catalog_encryption: bool = True,
    ) -> None:
        """Create the account's shared part.

        Args:
            scope: the parent.
            id: the construct's id in it.
            platform: the organization's name, which starts all names.
            owner: e-mail address of who is told about alarms.
            perimeter: the account and its organization.
            addresses: must name the same account for data.
            network: a VPC to make for data jobs, or one to use.
            given: what exists already.
            with_audit_trail: false where the account has the platform's trail already, for another purpose.
            with_catalog_encryption: false where the account keeps a setting of its own for its Glue catalog.

        Raises:
            ValueError: `REP-065` for addresses of another data account.
        """
        if addresses.data != perimeter.account and not Token.is_unresolved(perimeter.account):
            message = (
                f"REP-065: {id}: the addresses say that data lies in account {addresses.data}, the perimeter is "
                f"{perimeter.account}; give those of one account"
            )
            raise ValueError(message)
        super().__init__(scope, id)
        baseline = AccountBaseline(
            self,
            platform=platform,
            owner=owner,
            perimeter=perimeter,
            boundary_name=f"{platform}-data-boundary",
            operations_alias=f"{platform}/data/operations",
            actions=actions_in_use(),
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
            endpoint_actions=actions_in_use(),
            flow_log_key=baseline.operations_key,
            permissions_boundary_arn=self.permissions_boundary_arn,
        )
        self.catalog = (
            DataCatalog(self, "Catalog", platform=platform, perimeter=perimeter) if with_catalog_encryption else None
        )
        baseline.start_trail_after_the_rest()
