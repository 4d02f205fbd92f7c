"""Who may do what in the experimentation account, from the statements that the policies are made of."""

from docs.tables.markdown import code, table
from docs.tables.statements import in_any_region, statements_table
from mlops_stages.foundation import Account, Perimeter
from mlops_stages.foundation.isolated_network import Network
from mlops_stages.foundation.persona_policies import CAPABILITIES, STATEMENTS, Capability
from mlops_stages.platform import Persona

ACCOUNT = Account(
    platform="PLATFORM",
    perimeter=Perimeter(partition="aws", account="ACCOUNT", region="REGION"),
    network=Network(vpc_id="", subnet_ids=("SUBNETS",), workload_security_group_id="GROUP"),
    instance_types=("INSTANCE-TYPES",),
    key_arn="arn:aws:kms:REGION:ACCOUNT:key/STUDIO",
)
SHORTER = (
    (f"{ACCOUNT.platform}/${{aws:PrincipalTag/team}}/", f"{ACCOUNT.platform}/TEAM/"),
    ("${aws:PrincipalTag/team}", "TEAM"),
    ("${aws:PrincipalTag/person}", "PERSON"),
    (":REGION:ACCOUNT:", ":"),
    ("::ACCOUNT:", ":"),
    ("arn:aws:", ""),
)


def personas() -> str:
    """The capabilities of each persona."""
    head = ("persona", *(code(capability.value) for capability in Capability))
    rows = (
        (persona.value.replace("_", " "), *("yes" if c in CAPABILITIES[persona] else "" for c in Capability))
        for persona in Persona
    )
    return table(head, rows)


def capabilities() -> str:
    """Every statement of every capability."""
    with in_any_region():
        return "\n\n".join(_capability(capability) for capability in Capability)


def _capability(capability: Capability) -> str:
    statements = STATEMENTS[capability]
    summary = (statements.__doc__ or "").split("\n", maxsplit=1)[0]
    return f"### `{capability}`\n\n{summary}\n\n" + statements_table(statements(ACCOUNT), SHORTER)
