"""Stand-ins in the local AWS for what platform.yaml imports: on AWS it exists, made by somebody else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlops_stages.errors import UserError
from mlops_stages.local.client import inventory
from mlops_stages.local.endpoint import Endpoint
from mlops_stages.platform import ImportedNetwork, Platform, Purpose
from mlops_stages.platform.token_subject import ISSUERS

_NETWORKS = (
    Purpose.EXPERIMENTATION,
    Purpose.DEVELOPMENT,
    Purpose.DATA,
    Purpose.STAGING,
    Purpose.PRODUCTION,
)


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """One thing that exists on AWS only, and what the local AWS has in its place."""

    account: str
    id: str
    note: str

    def to_json(self) -> dict[str, str]:
        """Everything, for programs."""
        return {"account": self.account, "id": self.id, "note": self.note}


@dataclass(frozen=True, kw_only=True)
class _Request:
    """What the local AWS is asked for, and what it is a stand-in for."""

    body: Mapping[str, object]
    stand_ins: tuple[StandIn, ...]


def stand_in(endpoint: Endpoint, platform: Platform) -> tuple[StandIn, ...]:
    """Make a stand-in for everything that the platform imports, where none is there yet; return all of them.

    Errors: LOC-112 it cannot be made.
    """
    made: dict[StandIn, None] = {}
    for request in (
        *_networks(platform),
        *_boundaries(platform),
        *_log_bucket(platform),
        *_monitor(platform),
        *_providers(platform),
    ):
        try:
            inventory.post(endpoint, "imported", request.body)
        except UserError as error:
            raise UserError(
                "LOC-112",
                request.stand_ins[0].id,
                f"the local AWS cannot make a stand-in for it: {error.message}",
                "check what platform.yaml says of it; `mlops-stages down` then `up` starts from nothing",
                exit_code=1,
            ) from error
        made |= dict.fromkeys(request.stand_ins)
    return tuple(made)


def _networks(platform: Platform) -> Iterator[_Request]:
    for purpose in _NETWORKS:
        network = platform.network_of(purpose) if purpose in platform.deployed else None
        if isinstance(network, ImportedNetwork):
            account, vpc = platform.account(purpose), network.vpc_id
            note = "an empty VPC with a range of its own; endpoints and routes of the real one are not known here"
            yield _Request(
                body={"account": account, "region": platform.region, "vpc": vpc, "subnets": list(network.subnet_ids)},
                stand_ins=(
                    StandIn(account=account, id=vpc, note=note),
                    *(
                        StandIn(account=account, id=subnet, note=f"a subnet of {vpc}, its zone and range invented")
                        for subnet in network.subnet_ids
                    ),
                ),
            )


def _boundaries(platform: Platform) -> Iterator[_Request]:
    for account in platform.accounts_in_use:
        arn = platform.permissions_boundary_in(account)
        if arn is None or arn.split(":")[4] == "aws":  # one of AWS's own is there already
            continue
        note = "a boundary that allows everything: what the real one does not allow is not seen here"
        yield _Request(
            body={"account": account, "region": platform.region, "policy": arn.partition(":policy")[2]},
            stand_ins=(StandIn(account=account, id=arn, note=note),),
        )


def _log_bucket(platform: Platform) -> Iterator[_Request]:
    account = platform.account(Purpose.EXPERIMENTATION)
    name = platform.access_log_bucket_in(account)
    if name is not None:
        note = "an empty bucket without a policy; whether S3 may write logs to the real one is not seen here"
        yield _Request(
            body={"account": account, "region": platform.region, "bucket": name},
            stand_ins=(StandIn(account=account, id=name, note=note),),
        )


def _monitor(platform: Platform) -> Iterator[_Request]:
    arn = platform.cost_anomalies.monitor_arn
    if arn is not None:
        account = platform.account(Purpose.EXPERIMENTATION)
        yield _Request(
            body={"account": account, "region": platform.region, "monitor": arn.rpartition("/")[2]},
            stand_ins=(
                StandIn(account=account, id=arn, note="a monitor of services; what the real one watches is its own"),
            ),
        )


def _providers(platform: Platform) -> Iterator[_Request]:
    account = platform.deployed.get(Purpose.TOOLING)
    for name in platform.existing_oidc_providers if account is not None else ():
        host = ISSUERS[name]
        yield _Request(
            body={"account": account, "region": platform.region, "provider": host},
            stand_ins=(
                StandIn(
                    account=str(account),
                    id=f"arn:{platform.partition}:iam::{account}:oidc-provider/{host}",
                    note="a provider with the audience sts.amazonaws.com; of the real one it is not known here",
                ),
            ),
        )
