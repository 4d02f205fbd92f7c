"""Everyone of an account, as the judge sees them: their policies, their tags and the boundary over them."""

from dataclasses import replace

from aws_cdk import Stack

from mlops_stages.foundation import Account, Perimeter, PermissionsBoundary, PersonaPolicies, all_actions
from mlops_stages.foundation.persona_policies import CAPABILITIES, Capability, policy_name
from mlops_stages.platform import Persona
from tests.foundation.built import HERE, NETWORK, Built, Json, built, resolved
from tests.foundation.judge import Caller

INSTANCE_TYPES = ("ml.t3.medium", "ml.m5.large")
VOLUMES_KEY = "arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555"


def an_account(perimeter: Perimeter = HERE) -> Account:
    """An account with two instance types and two subnets."""
    return Account(
        platform="acme", perimeter=perimeter, network=NETWORK, instance_types=INSTANCE_TYPES, key_arn=VOLUMES_KEY
    )


def policies_and_boundary(stack: Stack) -> None:
    """What an account has for its people."""
    PersonaPolicies(stack, "Personas", account=an_account())
    PermissionsBoundary(stack, "Boundary", perimeter=HERE, name="acme-boundary", actions=all_actions())


def documents() -> tuple[Built, dict[str, Json]]:
    """The managed policies by their names."""
    found = built(policies_and_boundary)
    return found, {p["ManagedPolicyName"]: resolved(p["PolicyDocument"]) for p in found.all("AWS::IAM::ManagedPolicy")}


def caller(by_name: dict[str, Json], persona: Persona, *, person: str = "ann", team: str = "fraud") -> Caller:
    """A person of a team."""
    granted = [by_name[policy_name("acme", Capability(capability))] for capability in CAPABILITIES[persona]]
    tags = {"team": team, "person": person, "persona": persona.value}
    return Caller(policies=granted, boundary=by_name["acme-boundary"], tags=tags, role=f"acme-{team}-{person}")


def unbounded(someone: Caller) -> Caller:
    """The same person, were there no boundary."""
    return replace(someone, boundary=None)
