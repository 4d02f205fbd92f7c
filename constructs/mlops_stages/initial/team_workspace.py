"""Everything that one team has in an experimentation account."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sso as sso
from constructs import Construct

from mlops_stages.foundation import (
    Perimeter,
    PersonRole,
    SignIn,
    Statement,
    acknowledge_wildcards,
    checked_policy,
    works_in_studio,
)
from mlops_stages.initial.experiment_tracking import ExperimentTracking
from mlops_stages.initial.landing_zone import LandingZone
from mlops_stages.initial.studio_profile import StudioProfile
from mlops_stages.initial.team_budget import TeamBudget
from mlops_stages.platform import DataClassification, Persona


@dataclass(frozen=True, kw_only=True)
class Person:
    """Someone in a team: address, short name (unique in the team), what they do, and their id in Identity Center."""

    email: str
    name: str
    persona: Persona
    user_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Budget:
    """USD a month, who is told, and at which percent of it."""

    monthly_usd: float
    notify: Sequence[str]
    thresholds_percent: Sequence[int] = (50, 80, 100)


@dataclass(frozen=True, kw_only=True)
class AccountParts:
    """What a team's workspace takes from its account."""

    domain_id: str
    permissions_boundary_arn: str
    access_log_bucket: s3.IBucket
    perimeter: Perimeter
    sign_in: SignIn
    studio_application_arn: str | None = None


class TeamWorkspace(Construct):
    """A team's landing zone, experiment tracking, budget, and for each person a role and a Studio profile.

    Whoever works in Studio reads and writes the team's data; business owners see costs and jobs. Adding a team changes
    no other team.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/domain-user-profile.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        team: str,
        people: Sequence[Person],
        classifications: Sequence[DataClassification],
        budget: Budget,
        account: AccountParts,
        beyond: Sequence[Statement] = (),
    ) -> None:
        """Create the workspace.

        Args:
            scope: the parent.
            id: the construct's id in it.
            platform: the organization's name.
            team: the team's name, which starts the names of all that it makes.
            people: its members.
            classifications: how sensitive its data is.
            budget: what it may spend.
            account: the account that it works in.
            beyond: what those who work in Studio may do in other accounts, such as reading shared data; each needs its
                actions within the account's boundary.

        Raises:
            ValueError: `INI-040` for a policy over IAM's size, which many classifications or statements can cause.
        """
        super().__init__(scope, id)
        self.landing_zone = LandingZone(
            self,
            "Data",
            platform=platform,
            team=team,
            classifications=classifications,
            perimeter=account.perimeter,
            access_log_bucket=account.access_log_bucket,
        )
        most_sensitive = max(classifications)
        self.tracking = ExperimentTracking(
            self,
            "Tracking",
            perimeter=account.perimeter,
            name=f"{platform}-{team}",
            # Results may quote the data: they lie with the most sensitive of it. Where something more sensitive comes
            # later, earlier experiments stay in their bucket.
            bucket=self.landing_zone.bucket(most_sensitive),
            earlier_buckets=[
                self.landing_zone.bucket(each) for each in self.landing_zone.classifications if each != most_sensitive
            ],
            permissions_boundary_arn=account.permissions_boundary_arn,
        )
        statements = [*self.landing_zone.read_write(), *self.tracking.use(), *beyond]
        refusal = f"INI-040: {id}: the policy of team {team} is larger than IAM takes; give it fewer classifications"
        work = iam.CfnManagedPolicy(self, "Work", policy_document=checked_policy(statements, refusal))
        acknowledge_wildcards(work, statements)
        for person in people:
            self._person(platform, team, person, [work.ref] if works_in_studio(person.persona) else [], account)
        TeamBudget(
            self,
            "Budget",
            name=f"{platform}-{team}",
            team=team,
            monthly_usd=budget.monthly_usd,
            notify=budget.notify,
            thresholds_percent=budget.thresholds_percent,
        )

    def _person(self, platform: str, team: str, person: Person, policies: Sequence[str], account: AccountParts) -> None:
        role = PersonRole(
            self,
            f"{person.name}-role",
            platform=platform,
            team=team,
            person=person.name,
            email=person.email,
            persona=person.persona,
            sign_in=account.sign_in,
            perimeter=account.perimeter,
            permissions_boundary_arn=account.permissions_boundary_arn,
            policy_arns=policies,
        )
        if works_in_studio(person.persona):
            StudioProfile(
                self,
                f"{person.name}-profile",
                domain_id=account.domain_id,
                name=f"{team}-{person.name}",
                email=person.email,
                role=role,
                sign_in=account.sign_in,
            )
            if person.user_id is not None and account.studio_application_arn is not None:
                # Without it the profile is there and Identity Center opens it for nobody. It is named for the user: one
                # whose address changes would be assigned again before the first assignment goes, which is refused.
                sso.CfnApplicationAssignment(
                    self,
                    f"assignment-{person.user_id}",
                    application_arn=account.studio_application_arn,
                    principal_id=person.user_id,
                    principal_type="USER",
                )
