"""What every stack of a platform has: its name, place, tags, and what it takes from platform.yaml."""

from dataclasses import replace

from aws_cdk import App, CfnOutput, Environment, Fn, IStackSynthesizer, Stack
from constructs import Construct

from mlops_stages.foundation import (
    IamSignIn,
    IdentityCenterSignIn,
    Network,
    Perimeter,
    SamlSignIn,
    SignIn,
    StandardTags,
)
from mlops_stages.initial import GivenFromOutside, ImportedNetworkOptions, OwnNetworkOptions
from mlops_stages.platform import Model, OwnNetwork, Platform, Purpose, Stage, Team
from mlops_stages.platform import sign_in as declared_sign_in

PLATFORM_TEAM = "platform"


class PlatformStack(Stack):
    """The stack of an account's purpose, `PLATFORM-PURPOSE`, or of a team in it, `PLATFORM-PURPOSE-team-TEAM`.

    Where models serve, one of a model too, `PLATFORM-PURPOSE-model-MODEL`.
    """

    def __init__(
        self,
        app: App,
        platform: Platform,
        purpose: Purpose,
        *,
        stage: Stage,
        team: Team | None = None,
        model: Model | None = None,
        part: str | None = None,
        synthesizer: IStackSynthesizer | None = None,
    ) -> None:
        """Create the stack, tagged for its team and model; `part` takes the purpose's place in its name."""
        self.platform = platform
        self.purpose = purpose
        self._team = team
        self._part = part
        self._of_team: Construct | None = None
        self._part = part
        whose = "" if team is None else f"team {team.name} in the " if model is None else f"model {model.name} in the "
        super().__init__(
            app,
            stack_name(platform, part or purpose, team)
            if model is None
            else platform.addresses.model_stack_name(model.name, purpose.value),
            env=Environment(account=platform.account(purpose), region=platform.region),
            description=f"{platform.name}: {f'{part}: ' if part else ''}{whose}{purpose} account, stage {stage}",
            synthesizer=synthesizer,
        )
        self.standard_tags = platform_tags(platform, stage, team, model)
        self.standard_tags.apply(self)
        self.perimeter = Perimeter(
            partition=platform.partition,
            account=platform.account(purpose),
            region=platform.region,
            organization_id=platform.organization_id,
            platform_accounts=platform.accounts_in_use,
        )

    def export(self, name: str, value: str) -> None:
        """Offer a value to the stacks of teams in the same account, whether or not one is there."""
        CfnOutput(self, name, value=value, export_name=self._exported(name))

    def imported(self, name: str) -> str:
        """What the account's own stack exports."""
        return Fn.import_value(self._exported(name))

    def export_of_team(self, name: str, value: str) -> None:
        """Offer a value of the team's to the stacks of its models in the same account."""
        # In a scope of its own, where ids that differ in a hyphen alone make different names of outputs.
        if self._of_team is None:
            self._of_team = Construct(self, "OfTeam")
        CfnOutput(self._of_team, name, value=value, export_name=self._exported_of_team(name))

    def imported_of_team(self, name: str) -> str:
        """What the stack of the model's team exports."""
        return Fn.import_value(self._exported_of_team(name))

    def export_network(self, network: Network) -> None:
        """Offer the account's network to the stacks of teams."""
        self.export("VpcId", network.vpc_id)
        for number, subnet in enumerate(network.subnet_ids, 1):
            self.export(f"Subnet{number}", subnet)
        self.export("WorkloadSecurityGroup", network.workload_security_group_id)

    def imported_network(self) -> Network:
        """The account's network, with as many subnets as platform.yaml says that it has."""
        network = self.platform.network_of(self.purpose)
        count = network.zone_count if isinstance(network, OwnNetwork) else len(network.subnet_ids)
        return Network(
            vpc_id=self.imported("VpcId"),
            subnet_ids=[self.imported(f"Subnet{number}") for number in range(1, count + 1)],
            workload_security_group_id=self.imported("WorkloadSecurityGroup"),
        )

    def _exported(self, name: str) -> str:
        return f"{stack_name(self.platform, self._part or self.purpose)}-{name}"

    def _exported_of_team(self, name: str) -> str:
        # A colon, which no team or model has: "a" with "b-c" is not "a-b" with "c".
        return f"{stack_name(self.platform, self.purpose, self._team)}:{name}"

    @property
    def given(self) -> GivenFromOutside:
        """What exists already in the account."""
        return GivenFromOutside(
            permissions_boundary_arn=self.platform.permissions_boundary_in(self.perimeter.account),
            access_log_bucket=self.platform.access_log_bucket_in(self.perimeter.account),
            cost_anomaly_monitor_arn=self.platform.cost_anomalies.monitor_arn,
        )

    def deploy_role(self, qualifier: str) -> str:
        """The ARN of the role under which CloudFormation deploys here: the bootstrap's, of this qualifier."""
        account, region = self.perimeter.account, self.perimeter.region
        return self.perimeter.global_arn("iam", f"role/cdk-{qualifier}-cfn-exec-role-{account}-{region}")

    @property
    def has_audit_trail(self) -> bool:
        """Whether this purpose is the first of its account, which brings what an account has once."""
        first = next(p for p in Purpose if self.platform.accounts.of(p) == self.perimeter.account)
        return first == self.purpose

    @property
    def network_options(self) -> OwnNetworkOptions | ImportedNetworkOptions:
        """The network to make or to use."""
        network = self.platform.network_of(self.purpose)
        if isinstance(network, OwnNetwork):
            return OwnNetworkOptions(
                cidr=network.cidr,
                availability_zones=network.availability_zones,
                zones=network.zones,
                tracking_service=self.platform.studio.mlflow_endpoint_service
                if self.purpose is Purpose.EXPERIMENTATION
                else None,
            )
        return ImportedNetworkOptions(vpc_id=network.vpc_id, subnet_ids=network.subnet_ids)

    @property
    def sign_in(self) -> SignIn:
        """How people come in."""
        match self.platform.sign_in:
            case declared_sign_in.IamSignIn(mfa=mfa):
                return IamSignIn(account=self.platform.sign_in_account, mfa=mfa)
            case declared_sign_in.SamlSignIn(provider_arn=arn):
                return SamlSignIn(provider_arn=arn)
            case declared_sign_in.IdentityCenterSignIn():
                return IdentityCenterSignIn()


def platform_tags(
    platform: Platform, stage: Stage, team: Team | None = None, model: Model | None = None
) -> StandardTags:
    """The tags of a team's or model's resources, or of those that no team owns, with the organization's own."""
    tags = StandardTags(
        team=team.name if team is not None else PLATFORM_TEAM,
        stage=stage.value,
        cost_center=team.cost_center if team is not None else platform.cost_center,
        extra=platform.tags,
    )
    return tags if model is None else replace(tags, model=model.name, data_classification=model.data_classification)


def stack_name(platform: Platform, purpose: Purpose | str, team: Team | None = None) -> str:
    """The name of the stack of a purpose, or of another part of the platform, or of a team in it."""
    name = f"{platform.name}-{purpose}"
    return f"{name}-team-{team.name}" if team is not None else name
