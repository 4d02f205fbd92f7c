"""The ledger's stacks: the records and their writer, each team's queues, and in another account the signed heads."""

from aws_cdk import App, CfnOutput

from mlops_stages.platform import Persona, Platform, Purpose, Stage, Team
from mlops_stages.reliable.ledger import Ledger, LedgerHeads, ModelLedger
from stacks.platform_stack import PlatformStack
from stacks.serving import serving_models

LEDGER, HEADS = "ledger", "ledger-heads"


class LedgerStack(PlatformStack):
    """Records and writer, in the account where those who release administer nothing, if there is one."""

    def __init__(self, app: App, platform: Platform, qualifier: str) -> None:
        """Create the stack `PLATFORM-ledger`; `qualifier` is that of the bootstrap whose roles deploy it."""
        purpose = ledger_purpose(platform)
        super().__init__(app, platform, purpose, stage=Stage.RELIABLE, part=LEDGER)
        names = platform.addresses
        ledger = Ledger(
            self,
            "Ledger",
            owner=platform.owner,
            perimeter=self.perimeter,
            addresses=names,
            auditors=auditors(platform),
            sign_in=self.sign_in,
            deployed_by=[self.deploy_role(qualifier)],
            given=self.given,
            retrains=any(model.retraining for team in platform.teams for model in serving_models(team)),
            one_approval=_by_one_approval(platform),
            with_audit_trail=purpose is Purpose.GOVERNANCE and self.has_audit_trail,
        )
        self.export("AlarmTopicArn", ledger.alarm_topic.topic_arn)
        CfnOutput(self, "LedgerBucket", value=names.ledger_bucket)
        if auditors(platform):
            CfnOutput(self, "AuditorRole", value=names.ledger_auditor_role)


class LedgerTeamStack(PlatformStack):
    """The queues of one team's models, next to the records."""

    def __init__(self, app: App, platform: Platform, team: Team, qualifier: str) -> None:
        """Create the stack `PLATFORM-ledger-team-TEAM`; `qualifier` is that of the bootstrap whose roles deploy it."""
        super().__init__(app, platform, ledger_purpose(platform), stage=Stage.RELIABLE, team=team, part=LEDGER)
        for model in serving_models(team):
            ModelLedger(
                self,
                model.name,
                team=team.name,
                model=model.name,
                perimeter=self.perimeter,
                addresses=platform.addresses,
                topic_arn=self.imported("AlarmTopicArn"),
                deployed_by=[self.deploy_role(qualifier)],
                is_retrained=model.retraining is not None,
            )


class LedgerHeadsStack(PlatformStack):
    """Key, bucket and signer of the heads, in another account than the records, if there is one."""

    def __init__(self, app: App, platform: Platform, qualifier: str) -> None:
        """Create the stack `PLATFORM-ledger-heads`; `qualifier` is that of the bootstrap whose roles deploy it."""
        purpose = Purpose.PRODUCTION if platform.accounts.governance is None else Purpose.TOOLING
        super().__init__(app, platform, purpose, stage=Stage.RELIABLE, part=HEADS)
        LedgerHeads(
            self,
            "Heads",
            owner=platform.owner,
            perimeter=self.perimeter,
            addresses=platform.addresses,
            auditors=bool(auditors(platform)),
            deployed_by=[self.deploy_role(qualifier)],
            given=self.given,
        )
        CfnOutput(self, "HeadsBucket", value=platform.addresses.heads_bucket)


def _by_one_approval(platform: Platform) -> dict[str, list[str]]:
    """By class of risk the models whose retrained versions need one approval."""
    found: dict[str, list[str]] = {}
    for team in platform.teams:
        for model in serving_models(team):
            risk = platform.one_approval(model)
            if risk is not None:
                found.setdefault(risk.value, []).append(f"{team.name}/{model.name}")
    return found


def ledger_purpose(platform: Platform) -> Purpose:
    """Whose account the records are in: governance's where the platform names one, else tooling's."""
    return Purpose.TOOLING if platform.accounts.governance is None else Purpose.GOVERNANCE


def auditors(platform: Platform) -> tuple[str, ...]:
    """The addresses of who reads ledgers."""
    return tuple(member.email for member in platform.members if member.persona is Persona.AUDITOR)


def build(app: App, platform: Platform, qualifier: str) -> None:
    """Create the ledger's stacks; `qualifier` is that of the bootstrap whose roles deploy them."""
    ledger = LedgerStack(app, platform, qualifier)
    # The signer runs as soon as it is there, and reads the records' bucket.
    LedgerHeadsStack(app, platform, qualifier).add_stack_dependency(ledger)
    for team in platform.teams:
        if serving_models(team):
            LedgerTeamStack(app, platform, team, qualifier).add_stack_dependency(ledger)
