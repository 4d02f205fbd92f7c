"""PersonaPolicies: one policy a capability, each within IAM's size."""

import re
from dataclasses import replace

import pytest

from mlops_stages.foundation import Capability, PersonaPolicies, all_actions, works_in_studio
from mlops_stages.foundation.isolated_network import Network
from mlops_stages.foundation.persona_policies import CAPABILITIES
from mlops_stages.platform import Persona
from mlops_stages.platform.people import IN_STUDIO
from tests.foundation.built import Built, Json, refused
from tests.foundation.personas import INSTANCE_TYPES, an_account, documents

ACTION = re.compile(r"^[a-z0-9-]+:[A-Z][A-Za-z0-9]+$")


@pytest.fixture(scope="module")
def found() -> tuple[Built, dict[str, Json]]:
    """The policies of an account, and its boundary."""
    return documents()


def test_each_capability_is_one_policy_of_the_platforms_name(found: tuple[Built, dict[str, Json]]) -> None:
    assert set(found[1]) == {"acme-boundary", *(f"acme-{capability}" for capability in Capability)}


def test_a_policy_has_no_description_whose_change_would_replace_it(found: tuple[Built, dict[str, Json]]) -> None:
    assert not any("Description" in policy for policy in found[0].all("AWS::IAM::ManagedPolicy"))


def test_the_packs_find_nothing(found: tuple[Built, dict[str, Json]]) -> None:
    assert found[0].findings == ()


def test_every_persona_has_capabilities_and_every_capability_a_persona() -> None:
    assert set(CAPABILITIES) == set(Persona)
    assert {capability for capabilities in CAPABILITIES.values() for capability in capabilities} == set(Capability)


def test_those_who_serve_all_teams_and_business_owners_have_no_studio() -> None:
    outside = {persona for persona in Persona if not works_in_studio(persona)}
    assert set(IN_STUDIO) == set(Persona) - outside
    assert outside == {Persona.PLATFORM_ENGINEER, Persona.AUDITOR, Persona.BUSINESS_OWNER}


def test_actions_are_written_out(found: tuple[Built, dict[str, Json]]) -> None:
    allowed = {
        name: {a for s in document["Statement"] if s["Effect"] == "Allow" for a in s["Action"]}
        for name, document in found[1].items()
    }
    assert [action for actions in allowed.values() for action in actions if not ACTION.match(action)] == []
    assert set(all_actions()) == {a for name, actions in allowed.items() if name != "acme-boundary" for a in actions}


def test_a_statement_is_in_a_policy_once(found: tuple[Built, dict[str, Json]]) -> None:
    for document in found[1].values():
        names = [s["Sid"] for s in document["Statement"]]
        assert len(names) == len(set(names))


def test_too_many_instance_types_are_refused() -> None:
    account = replace(an_account(), instance_types=[f"ml.m{n}.2xlarge" for n in range(200)])
    message, created = refused(lambda stack: PersonaPolicies(stack, "Personas", account=account))
    assert message.startswith("FND-040")
    assert "fewer instance types" in message
    assert created == []


def test_too_many_subnets_are_refused() -> None:
    network = Network(
        vpc_id="vpc-1", subnet_ids=[f"subnet-{n:017}" for n in range(100)], workload_security_group_id="sg-1"
    )
    message, _ = refused(
        lambda stack: PersonaPolicies(stack, "Personas", account=replace(an_account(), network=network))
    )
    assert message.startswith("FND-040")


def test_thirty_instance_types_fit() -> None:
    account = replace(an_account(), instance_types=[*INSTANCE_TYPES, *(f"ml.g{n}.xlarge" for n in range(30))])
    with pytest.raises(AssertionError, match="nothing was refused"):
        refused(lambda stack: PersonaPolicies(stack, "Personas", account=account))
