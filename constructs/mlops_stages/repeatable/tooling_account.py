"""The account where code becomes what others run: packages, images, models, and the way in for CI."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import EventNotice, Perimeter, actions_of
from mlops_stages.foundation.event_notice import calls_of
from mlops_stages.initial import AccountBaseline, GivenFromOutside
from mlops_stages.platform import Addresses
from mlops_stages.repeatable.approver_role import may_approve
from mlops_stages.repeatable.code_connection import CodeConnection
from mlops_stages.repeatable.package_registry import PackageRegistry
from mlops_stages.repeatable.registry_watch import UPDATES, VERSION_FIELDS
from mlops_stages.repeatable.repository_provider import RepositoryProvider
from mlops_stages.repeatable.repository_role import may_deliver
from mlops_stages.repeatable.sharing import accounts_of, refuse_sharing_at_large
from mlops_stages.repeatable.source_repository import Provider


def boundary_name(platform: str) -> str:
    """The name of the permissions boundary that a platform makes for its tooling account."""
    return f"{platform}-tooling-boundary"


def actions_in_use() -> tuple[str, ...]:
    """Every action that a role of a tooling account may use: the boundary's list."""
    nowhere = Perimeter(partition="", account="", region="")
    names = Addresses(platform="", partition="", region="", experimentation="", development="", tooling="", data="")
    duties = [*may_deliver(nowhere, names, "", "", ""), *may_approve(names, "", "", "", "")]
    audit_trail = ("logs:CreateLogStream", "logs:PutLogEvents")
    # Needs no permission, but must not be refused: every SDK asks who it is.
    identity = ("sts:GetCallerIdentity",)
    return tuple(sorted({*actions_of(duties), *audit_trail, *identity}))


class ToolingAccount(Construct):
    """Baseline, package registry, trust in CI and connections of one account; teams come on top (`TeamTooling`).

    Source: https://docs.aws.amazon.com/prescriptive-guidance/latest/ml-operations-planning/welcome.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        owner: str,
        perimeter: Perimeter,
        addresses: Addresses,
        providers: Sequence[Provider] = (),
        connections: Sequence[Provider] = (),
        readers: Sequence[str] = (),
        further_actions: Sequence[str] = (),
        own_package_names: Sequence[str] = (),
        given: GivenFromOutside | None = None,
        with_audit_trail: bool = True,
    ) -> None:
        """Create the account's shared part.

        Args:
            scope: the parent.
            id: the construct's id in it.
            owner: e-mail address of who is told about alarms.
            perimeter: the account and its organization.
            addresses: what the accounts know of each other; the platform's name is in it.
            providers: whose CI may sign in; leave out one that the account trusts already.
            connections: where delivery pipelines read from.
            readers: further accounts that install packages, such as staging's and production's.
            further_actions: what roles of later stages do there, beside this stage's own: the boundary has them, too.
            own_package_names: further words that the organization's own packages begin with.
            given: what exists already.
            with_audit_trail: whether to make the account's trail; not where it has one, for another purpose.

        Raises:
            ValueError: `REP-037` for accounts that share without an organization to narrow it to.
        """
        accounts = accounts_of(addresses, readers)
        refuse_sharing_at_large(id, perimeter, accounts)
        platform = addresses.platform
        super().__init__(scope, id)
        baseline = AccountBaseline(
            self,
            platform=platform,
            owner=owner,
            perimeter=perimeter,
            boundary_name=boundary_name(platform),
            operations_alias=f"{platform}/tooling/operations",
            actions=sorted({*actions_in_use(), *further_actions}),
            trail_name=f"{platform}-audit" if with_audit_trail else None,
            tells_of_calls=True,
            given=given,
        )
        self.permissions_boundary_arn: str = baseline.permissions_boundary_arn
        self.access_log_bucket: s3.IBucket = baseline.access_log_bucket
        self.operations_key_arn: str = baseline.operations_key.key_arn
        self.alarm_topic = baseline.alarm_topic
        EventNotice(
            self,
            "UnnamedUpdates",
            name=f"{platform}-tooling-unnamed-updates",
            pattern=calls_of(
                "sagemaker", UPDATES, requestParameters={name: [{"exists": False}] for name in VERSION_FIELDS}
            ),
            why="The model registry was changed, or it was refused, by a request that the audit trail does not hold.",
            topic_arns=[self.alarm_topic.topic_arn],
            failures_to=self.alarm_topic.topic_arn,
        )
        self.packages = PackageRegistry(
            self,
            "Packages",
            perimeter=perimeter,
            addresses=addresses,
            readers=accounts,
            own_names=own_package_names,
        )
        self.providers: Mapping[Provider, RepositoryProvider] = {
            provider: RepositoryProvider(self, f"{provider.title()}Provider", provider=provider)
            for provider in sorted(set(providers))
        }
        self.connections: Mapping[Provider, CodeConnection] = {
            provider: CodeConnection(self, f"{provider.title()}Connection", platform=platform, provider=provider)
            for provider in sorted(set(connections))
        }
        baseline.start_trail_after_the_rest()
