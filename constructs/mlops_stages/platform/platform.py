"""The whole of platform.yaml."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pydantic import Field, PrivateAttr, model_validator

from mlops_stages.platform.accounts import Accounts, Purpose
from mlops_stages.platform.addresses import Addresses
from mlops_stages.platform.bootstrap import DEFAULT_QUALIFIER, fault_between
from mlops_stages.platform.cost_anomalies import CostAnomalies
from mlops_stages.platform.data_catalog import DataCatalog
from mlops_stages.platform.delivery import Delivery
from mlops_stages.platform.errors import PlatformError, Source
from mlops_stages.platform.guardrails import PIPELINE_INSTANCE_TYPES, Guardrails
from mlops_stages.platform.model import Model
from mlops_stages.platform.network import ImportedNetwork, Network, Networks, OwnNetwork
from mlops_stages.platform.notes import noted_in
from mlops_stages.platform.offer import Offer
from mlops_stages.platform.people import Member, PlatformPeople
from mlops_stages.platform.regions import PARTITIONS
from mlops_stages.platform.risk import RetrainedVersions, Risk
from mlops_stages.platform.rules import faults_in
from mlops_stages.platform.section import Section
from mlops_stages.platform.sign_in import IamSignIn, IdentityCenterSignIn, SignIn
from mlops_stages.platform.stage import Stage
from mlops_stages.platform.studio import Studio
from mlops_stages.platform.tags import MOST_TAGS, TagKey, TagValue
from mlops_stages.platform.team import CodeHost, Team
from mlops_stages.platform.text import (
    BootstrapQualifier,
    BucketName,
    CostCenter,
    Email,
    OrganizationId,
    PlatformName,
    PolicyArn,
    Region,
)


class Platform(Section):
    """An organization's platform: its accounts, network, people, teams, models and promises.

    `load` reads one from a file. Made in Python, it raises pydantic's ValidationError for a field that does not fit
    and PlatformErrors for fields that do not agree.
    """

    name: PlatformName = Field(
        description="Starts the name of everything: 2 to 12 of a-z and 0-9, a letter first.", examples=["acme"]
    )
    region: Region = Field(
        description="The AWS region where everything is, chosen once: data, keys and the names of roles stay with it. "
        "Another region is another platform, with another `name` or in other accounts.",
        examples=["eu-west-1"],
    )
    organization_id: OrganizationId | None = Field(
        default=None,
        description="The AWS organization; trust is narrowed to it. Left out: to the accounts named below.",
        examples=["o-a1b2c3d4e5"],
    )
    stage: Stage = Field(description="The highest stage that the platform offers to its teams.", examples=["initial"])
    owner: Email = Field(
        description="Who is told about alarms and cost anomalies of the platform as a whole.",
        examples=["platform@acme.example"],
    )
    cost_center: CostCenter = Field(description="Who pays for what no team owns.", examples=["1000"])
    tags: dict[TagKey, TagValue] = Field(
        default_factory=dict[str, str],
        max_length=MOST_TAGS,
        description="Your own tags, set on everything, at most 40. Ours can't be redefined: "
        "team, model, stage, cost-center, data-classification, nor those that tell people apart: person, persona, "
        "email.",
        examples=[{"business-unit": "lending"}],
    )
    accounts: Accounts = Field(
        description="AWS accounts by purpose. A stage needs its own purposes and those of the stages below.",
        examples=[{"experimentation": "111111111111"}],
    )
    network: Network = Field(
        default_factory=OwnNetwork,
        description="The network to work in: made for you, or one that exists.",
        examples=[{"cidr": "10.20.0.0/16", "availability_zones": 2}],
    )
    networks: Networks = Field(
        default_factory=Networks,
        description="The networks of other accounts than that of experimentation, where they differ from `network`.",
        examples=[{"development": {"cidr": "10.21.0.0/16", "availability_zones": 2}}],
    )
    sign_in: SignIn = Field(
        default_factory=lambda: IamSignIn(method="iam"),
        description="How people sign in.",
        examples=[{"method": "iam", "mfa": True}],
    )
    permissions_boundary_arn: PolicyArn | None = Field(
        default=None,
        description="A permissions boundary from outside (Control Tower) for every role; a policy of that path and "
        "name must exist in each account. Left out: the platform makes its own.",
        examples=["arn:aws:iam::111111111111:policy/corp-boundary"],
    )
    access_log_bucket: BucketName | None = Field(
        default=None,
        description="A bucket from outside for the access logs of buckets of the experimentation account, where it "
        "must be, as S3 delivers to no other account. Left out, and in other accounts: the platform makes its own.",
        examples=["corp-access-logs"],
    )
    bootstrap_qualifier: BootstrapQualifier | None = Field(
        default=None,
        description="The qualifier of your `cdk bootstrap`, in the names of the roles that deploy; guardrails let "
        "those through. Left out: the one of the CDK's context (`@aws-cdk/core:bootstrapQualifier`), else hnb659fds.",
        examples=["corpqual"],
    )
    cost_anomalies: CostAnomalies = Field(
        default_factory=CostAnomalies,
        description="When the owner is told of unusual costs.",
        examples=[{"minimum_usd": 500}],
    )
    guardrails: Guardrails | None = Field(
        default=None,
        description="The organization's policies for the platform's accounts, from stage repeatable on; needs "
        "`organization_id`. Left out: none, because Control Tower or another team does it.",
        examples=[{"management_account": "999999999999", "root_id": "r-a1b2"}],
    )
    people: PlatformPeople = Field(
        description="Who serves all teams.", examples=[{"platform_engineers": ["platform@acme.example"]}]
    )
    studio: Studio = Field(
        default_factory=Studio,
        description="What SageMaker Studio offers people.",
        examples=[{"idle_shutdown_minutes": 120}],
    )
    code_hosts: tuple[CodeHost, ...] | None = Field(
        default=None,
        description="Who hosts repositories whose CI may sign in, where a team's role lets it; none where it is `[]`. "
        "Left out: those of the teams' repositories. Named ahead, the first repository there changes the team alone.",
        examples=[["github", "gitlab"]],
    )
    existing_oidc_providers: tuple[CodeHost, ...] = Field(
        default=(),
        description="Hosts whose OIDC provider the tooling account has already, made by others: there is one for each "
        "URL and account, and a second fails the deploy. It must list the audience `sts.amazonaws.com`. Never one that "
        "this platform has made: the deploy would delete it.",
        examples=[["github"]],
    )
    delivery: Delivery | None = Field(
        default=None,
        description="How the infrastructure itself is delivered, by a workflow of its repository. Acts from stage "
        "reliable. Left out: somebody deploys it by hand.",
        examples=[
            {
                "repository": {"provider": "github", "owner": "acme", "name": "platform"},
                "approvers": "platform-approvers",
            }
        ],
    )
    data_catalog: DataCatalog = Field(
        default_factory=DataCatalog,
        description="Who encrypts the data account's Glue catalog.",
        examples=[{"encryption": "account"}],
    )
    retraining: RetrainedVersions = Field(
        default_factory=RetrainedVersions,
        description="What versions that retraining has trained take to reach production, for all teams. Acts from "
        "stage reliable.",
        examples=[{"one_approval": ["low"]}],
    )
    teams: tuple[Team, ...] = Field(
        default=(),
        description="The teams.",
        examples=[
            [
                {
                    "name": "fraud",
                    "cost_center": "4711",
                    "budget": {"monthly_usd": 2000, "notify": ["fraud-lead@acme.example"]},
                    "people": {"data_scientists": ["ann@acme.example"]},
                }
            ]
        ],
    )

    _source: Source = PrivateAttr(default_factory=Source)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        faults = tuple(faults_in(self.model_dump(mode="json", exclude_none=True)))
        if faults:
            raise Source().errors(faults)
        return self

    def account(self, purpose: Purpose) -> str:
        """The account id of a purpose. KeyError if the platform does not name it, which no stage it offers allows."""
        account = self.accounts.of(purpose)
        if account is None:
            raise KeyError(purpose)
        return account

    @property
    def deployed(self) -> dict[Purpose, str]:
        """The account of each purpose that the platform's stage deploys, in the order of the purposes.

        Governance comes with the ledger, from stage reliable on, where it is named; a later stage demands it. Any
        other account can be named before its stage comes, and need not exist until then: no policy may name it, for AWS
        refuses a principal or a target that it does not know.
        """
        with_ledger = {Purpose.GOVERNANCE} if self.stage >= Stage.RELIABLE else set[Purpose]()
        named = {
            purpose: self.accounts.of(purpose)
            for purpose in Purpose
            if purpose.stage <= self.stage or purpose in with_ledger
        }
        return {purpose: account for purpose, account in named.items() if account is not None}

    @property
    def accounts_in_use(self) -> tuple[str, ...]:
        """The ids of the accounts that its stage deploys, each once, in the order of the purposes."""
        return tuple(dict.fromkeys(self.deployed.values()))

    @property
    def accounts_deployed_to(self) -> tuple[str, ...]:
        """The account ids where stacks are: the management account where guardrails are declared, then those in use."""
        management = () if self.guardrails is None else (self.guardrails.management_account,)
        return (*management, *self.accounts_in_use)

    def one_approval(self, model: Model) -> Risk | None:
        """The class by which a retrained version of a model takes one approval; None where it takes two.

        Only a model with an endpoint is retrained.
        """
        by_class = model.retraining is not None and model.endpoint is not None
        return model.risk if by_class and model.risk in self.retraining.one_approval else None

    def network_of(self, purpose: Purpose) -> OwnNetwork | ImportedNetwork:
        """The network of a purpose's account: the one that the file gives it, else an own one.

        An own `network` lends its range and zones; one that exists is in the experimentation account alone.
        """
        given = {
            Purpose.DEVELOPMENT: self.networks.development,
            Purpose.DATA: self.networks.data,
            Purpose.STAGING: self.networks.staging,
            Purpose.PRODUCTION: self.networks.production,
        }.get(purpose)
        if purpose is Purpose.EXPERIMENTATION:
            return self.network
        if given is not None:
            return given
        return self.network if isinstance(self.network, OwnNetwork) else OwnNetwork()

    @property
    def allowed_regions(self) -> tuple[str, ...]:
        """Where guardrails let anything be done, in order."""
        given = None if self.guardrails is None else self.guardrails.regions
        return tuple(sorted(given or (self.region,)))

    @property
    def approved_instance_types(self) -> tuple[str, ...]:
        """What guardrails let anyone or anything start, Studio's own among them, in order."""
        given = None if self.guardrails is None else self.guardrails.approved_instance_types
        pipelines = PIPELINE_INSTANCE_TYPES if given is None else given
        return tuple(sorted({*self.studio.instance_types, *pipelines}))

    @property
    def guarded_instance_types(self) -> tuple[str, ...]:
        """The approved ones, and those that the file names for models that serve, in order."""
        served = {kind for team in self.teams if team.stage >= Stage.RELIABLE for kind in _served_on(team)}
        return tuple(sorted({*self.approved_instance_types, *served}))

    def qualifier(self, context: object = None) -> str:
        """The qualifier of the bootstrap that deploys; `context` is what the CDK's context says of it, if anything.

        PlatformErrors PLT-340 where the two differ.
        """
        fault = fault_between(self.bootstrap_qualifier, context)
        if fault is not None:
            raise self._source.errors([fault])
        return self.bootstrap_qualifier or (context if isinstance(context, str) else DEFAULT_QUALIFIER)

    def beside(self, path: str) -> Path:
        """A file that platform.yaml names, whose path starts where it is itself."""
        return Path(self._source.file or ".").parent / path

    @property
    def trusted_hosts(self) -> tuple[CodeHost, ...]:
        """Whose CI may sign in, in order: those that the file names, or else those of its repositories."""
        if self.code_hosts is not None:
            return tuple(sorted(self.code_hosts))
        hosts: set[CodeHost] = {team.repository.provider for team in self.teams if team.repository is not None}
        return tuple(sorted(hosts if self.delivered is None else {*hosts, self.delivered.repository.provider}))

    @property
    def delivered(self) -> Delivery | None:
        """How the infrastructure is delivered; None where nothing of it is deployed."""
        return self.delivery if self.stage >= Stage.RELIABLE else None

    @property
    def partition(self) -> str:
        """The partition of AWS that the region is in, such as `aws` or `aws-us-gov`."""
        return PARTITIONS[self.region]

    @property
    def addresses(self) -> Addresses:
        """The names by which its accounts find each other's resources. KeyError below stage repeatable."""
        return Addresses(
            platform=self.name,
            partition=self.partition,
            region=self.region,
            experimentation=self.account(Purpose.EXPERIMENTATION),
            development=self.account(Purpose.DEVELOPMENT),
            tooling=self.account(Purpose.TOOLING),
            data=self.account(Purpose.DATA),
            staging=self.accounts.of(Purpose.STAGING),
            production=self.accounts.of(Purpose.PRODUCTION),
            governance=self.accounts.of(Purpose.GOVERNANCE),
            organization_id=self.organization_id,
        )

    @property
    def members(self) -> tuple[Member, ...]:
        """The people who serve all teams, by persona and then by address; those of teams are with their team."""
        return self.people.members

    @property
    def sign_in_account(self) -> str:
        """Where people sign in before they take a role: by IAM the account named, else the experimentation account."""
        if isinstance(self.sign_in, IamSignIn) and self.sign_in.account is not None:
            return self.sign_in.account
        return self.account(Purpose.EXPERIMENTATION)

    @property
    def identity_center_users(self) -> dict[str, str]:
        """The ids of Identity Center's users by lower-case address, of those whom the file assigns to Studio."""
        if not isinstance(self.sign_in, IdentityCenterSignIn):
            return {}
        return {email.lower(): user for email, user in self.sign_in.users.items()}

    def team(self, name: str) -> Team:
        """The team of that name. KeyError if there is none."""
        for team in self.teams:
            if team.name == name:
                return team
        raise KeyError(name)

    def permissions_boundary_in(self, account: str) -> str | None:
        """The ARN of the boundary from outside as `account` knows it; None where the platform makes its own."""
        if self.permissions_boundary_arn is None:
            return None
        arn, partition, service, region, owner, policy = self.permissions_boundary_arn.split(":", 5)
        return ":".join((arn, partition, service, region, owner if owner == "aws" else account, policy))

    def access_log_bucket_in(self, account: str) -> str | None:
        """The bucket from outside for access logs; None where the platform makes its own."""
        return self.access_log_bucket if account == self.accounts.experimentation else None

    def read_from(self, source: Source) -> Self:
        """The same platform, which knows the file and the lines that it comes from, for errors found later."""
        self._source = source
        return self

    @property
    def notes(self) -> tuple[PlatformError, ...]:
        """What is worth knowing although the file is valid, by line; each with the command or key that settles it."""
        found = (self._source.error(fault) for fault in noted_in(self.model_dump(mode="json", exclude_none=True)))
        return tuple(sorted(found, key=lambda note: (note.line or 0, note.path, note.code)))

    def refuse_beyond(self, offer: Offer) -> None:
        """PlatformErrors PLT-401, PLT-402 and PLT-403 for a stage or region that is asked for and not offered."""
        faults = tuple(offer.faults_in(self.model_dump(mode="json", exclude_none=True)))
        if faults:
            raise self._source.errors(faults)


def _served_on(team: Team) -> Iterator[str]:
    for model in team.models:
        if model.endpoint is not None and model.endpoint.instance_type is not None:
            yield model.endpoint.instance_type
        if model.batch is not None:
            yield model.batch.instance_type
