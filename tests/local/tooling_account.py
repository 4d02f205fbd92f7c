"""A tooling account deployed to the local AWS, and who comes to it, as the tests of several accounts take them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlops_stages.foundation import IamSignIn, Perimeter
from mlops_stages.platform import Addresses
from mlops_stages.reliable import ReleaserRole
from mlops_stages.repeatable import ToolingAccount
from tests.foundation.built import built
from tests.local.clients import Credentials, LocalAws, allow
from tests.local.stacks import Stack
from tests.repeatable.tooling import ADDRESSES, CREW_DEMAND, GATE_CHANGE, LATE_ARRIVAL, REPOSITORY, a_team

GITHUB = "token.actions.githubusercontent.com"
MAIN = "repo:acme/late-arrival:ref:refs/heads/main"


@dataclass(frozen=True)
class Tooling:
    """A deployed tooling account with two teams, and the accounts around it."""

    aws: LocalAws
    addresses: Addresses
    production: str
    stranger: str

    def token(self, sub: str = MAIN, aud: str = "sts.amazonaws.com", *, team: str = "arrivals", **more: str) -> Any:  # noqa: ANN401
        """What the local AWS answers to a job of GitHub that shows a token of these claims: status and body."""
        claims = {"sub": sub, "aud": aud, **more}
        shown = {"provider": GITHUB, "claims": claims}
        request = {"role_arn": self.addresses.ci_role(team), "web_identity": shown}
        return self.aws.ask("POST", "/_mlops-stages/sessions", request)

    def ci(self, sub: str = MAIN, *, team: str = "arrivals") -> Credentials:
        """The credentials of a team's CI."""
        status, given = self.token(sub, team=team)
        assert status == 200, given
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def approver(self, email: str, model: str = "late-arrival") -> Credentials:
        """The credentials of who decides about a model of team arrivals, signed in as this address."""
        account = self.addresses.tooling
        tags = [{"Key": "email", "Value": email}]
        person = self.aws.assume(self.aws.role(account, allow("sts:AssumeRole"), Tags=tags))
        return self.aws.assume(self.addresses.model_role(account, "arrivals", model, "approve"), person)

    def person(self, email: str, duty: str, session: str) -> Credentials:
        """The credentials of who has a duty for late-arrival, signed in as this address, in a session of that name."""
        account = self.addresses.tooling
        tags = [{"Key": "email", "Value": email}]
        signed_in = self.aws.assume(self.aws.role(account, allow("sts:AssumeRole"), Tags=tags))
        role = self.addresses.model_role(account, "arrivals", "late-arrival", duty)
        given = self.aws.client("sts", signed_in).assume_role(RoleArn=role, RoleSessionName=session)["Credentials"]
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def pipeline(self, team: str = "arrivals", model: str = "late-arrival") -> Credentials:
        """A pipeline of development whose own policy allows everything: the shared resources refuse."""
        name = self.addresses.pipeline_role_name(model)
        found = self.aws.client("iam", self.addresses.development).list_roles(PathPrefix=f"/acme/{team}/")["Roles"]
        if name in {role["RoleName"] for role in found}:
            return self.aws.assume(self.addresses.pipeline_role(team, model))
        everything = allow("sagemaker:*", "s3:*", "kms:*")
        return self.role(self.addresses.development, everything, path=f"/acme/{team}/", name=name)

    def role(
        self, account: str, *statements: Mapping[str, Any], path: str = "/", name: str | None = None
    ) -> Credentials:
        """Credentials of a role of another account, by its path and name."""
        given = {"Path": path} if name is None else {"Path": path, "RoleName": name}
        iam = self.aws.client("iam", account)
        chosen = given.get("RoleName", f"role-{secrets.token_hex(4)}")
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = iam.create_role(RoleName=chosen, Path=path, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=chosen, PolicyName="inline", PolicyDocument=policy)
        return self.aws.assume(str(arn))

    def in_production(self, name: str, *statements: Mapping[str, Any]) -> Credentials:
        """Credentials of team arrivals' role of that name in production, made where it is not there yet."""
        arn = f"arn:aws:iam::{self.production}:role/acme/arrivals/{name}"
        known = self.aws.client("iam", self.production).list_roles(PathPrefix="/acme/arrivals/")["Roles"]
        if arn in {each["Arn"] for each in known}:
            return self.aws.assume(arn)
        return self.role(self.production, *statements, path="/acme/arrivals/", name=name)

    def serving(self) -> Credentials:
        """The session under which production serves arrivals' model, with more rights than it has there."""
        return self.in_production(
            self.addresses.serve_role_name("late-arrival", "production"), allow("ecr:*", "s3:*", "kms:*")
        )


RELEASERS = ("flora@acme.example", "lena@acme.example")
"""Who releases late-arrival, where somebody does; lena approves it, too."""


def deployed(local_aws: LocalAws, *, is_released: bool = False) -> Tooling:
    """Deploy a tooling account with two teams; the accounts around it are in its organization, but for a stranger's.

    Where it `is_released`, late-arrival has the role of the second approval.
    """
    late_arrival = replace(LATE_ARRIVAL, is_released=is_released)
    numbers = [str(100_000_000_000 + secrets.randbelow(800_000_000_000)) for _ in range(6)]
    organization = f"o-{secrets.token_hex(5)}"
    experimentation, development, account, data, production, stranger = numbers
    addresses = replace(
        ADDRESSES,
        experimentation=experimentation,
        development=development,
        tooling=account,
        data=data,
        production=production,
        organization_id=organization,
    )
    members = {"id": organization, "accounts": numbers[:5]}
    assert local_aws.ask("POST", "/_mlops-stages/organization", members)[0] == 200
    perimeter = Perimeter(partition="aws", account=account, region=addresses.region, organization_id=organization)
    found = built(
        lambda stack: ToolingAccount(
            stack,
            "Account",
            owner="olga@acme.example",
            perimeter=perimeter,
            addresses=addresses,
            providers=["github"],
            connections=["github"],
            readers=[production],
        )
    )
    Stack(local_aws, account).create(found.body["Resources"])
    boundary = f"arn:aws:iam::{account}:policy/acme-tooling-boundary"
    local_aws.client("s3", account).create_bucket(
        Bucket=f"logs-{account}", CreateBucketConfiguration={"LocationConstraint": addresses.region}
    )
    for team, models in (("arrivals", [late_arrival, GATE_CHANGE]), ("fraud", [CREW_DEMAND])):
        repository = replace(REPOSITORY, name="late-arrival" if team == "arrivals" else "card-fraud")

        def make(stack: Any, team: str = team, repository: Any = repository, models: Any = models) -> object:  # noqa: ANN401
            sign_in = IamSignIn(account=account, mfa=False)
            made = a_team(
                stack,
                team=team,
                models=models,
                addresses=addresses,
                perimeter=perimeter,
                permissions_boundary_arn=boundary,
                repository=repository,
                readers=[production],
                sign_in=sign_in,
            )
            if is_released and team == "arrivals":
                ReleaserRole(
                    stack,
                    "Release",
                    perimeter=perimeter,
                    addresses=addresses,
                    team=team,
                    model=late_arrival.name,
                    releasers=RELEASERS,
                    sign_in=sign_in,
                    artifacts=made.artifacts,
                    permissions_boundary_arn=boundary,
                )
            return made

        body = json.loads(json.dumps(built(make).body["Resources"]).replace('"access-logs"', f'"logs-{account}"'))
        Stack(local_aws, account).create(body)
    return Tooling(local_aws, addresses, production, stranger)
