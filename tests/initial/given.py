"""What the constructs of this stage take from an account: a key, a bucket, a landing zone."""

from collections.abc import Sequence
from dataclasses import replace

from aws_cdk import Stack

from mlops_stages.foundation import IamSignIn, RetainedBucket, SignIn, Statement, import_bucket
from mlops_stages.initial import AccountParts, Budget, Person, TeamWorkspace
from mlops_stages.platform import DataClassification, Persona
from tests.foundation.built import ACCOUNT, BOUNDARY, HERE, a_key

BY_IAM = IamSignIn(account=ACCOUNT)
BUDGET = Budget(monthly_usd=2000, notify=["lena@acme.example"])
PEOPLE = (
    Person(email="ann.lee@acme.example", name="ann-lee", persona=Persona.DATA_SCIENTIST),
    Person(email="lena@acme.example", name="lena", persona=Persona.LEAD_DATA_SCIENTIST),
    Person(email="dan@acme.example", name="dan", persona=Persona.DATA_ENGINEER),
    Person(email="mia@acme.example", name="mia", persona=Persona.ML_ENGINEER),
    Person(email="ben@acme.example", name="ben", persona=Persona.BUSINESS_OWNER),
)


def a_bucket(stack: Stack) -> RetainedBucket:
    """A bucket that logs to the account's."""
    logs = import_bucket(stack, "AccessLogs", name="access-logs")
    return RetainedBucket(stack, "GivenBucket", key=a_key(stack), perimeter=HERE, access_log_bucket=logs)


def account_parts(stack: Stack, sign_in: SignIn = BY_IAM) -> AccountParts:
    """The account that a team works in."""
    return AccountParts(
        domain_id="d-abcdefghijkl",
        permissions_boundary_arn=BOUNDARY,
        access_log_bucket=import_bucket(stack, "AccessLogs", name="access-logs"),
        perimeter=HERE,
        sign_in=sign_in,
    )


def a_team(
    stack: Stack,
    *,
    people: Sequence[Person] = PEOPLE,
    classifications: Sequence[DataClassification] = (DataClassification.INTERNAL, DataClassification.CONFIDENTIAL),
    sign_in: SignIn = BY_IAM,
    budget: Budget = BUDGET,
    beyond: Sequence[Statement] = (),
    studio_application_arn: str | None = None,
) -> TeamWorkspace:
    """Team fraud's workspace."""
    return TeamWorkspace(
        stack,
        "Team",
        platform="acme",
        team="fraud",
        people=people,
        classifications=classifications,
        budget=budget,
        account=replace(account_parts(stack, sign_in), studio_application_arn=studio_application_arn),
        beyond=beyond,
    )
