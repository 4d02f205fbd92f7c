"""What an idle platform costs, counted in the reference organization's templates."""

from collections.abc import Callable
from dataclasses import dataclass

from docs.tables.assembly import Assembly, Resource
from docs.tables.markdown import table

HOURS = 730
"""A month's, as AWS's own calculator counts."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """Something that costs money while nobody works: what counts, how often in one resource, and USD a month."""

    name: str
    usd: float
    price: str
    source: str
    type: str
    times: Callable[[Resource], int] = lambda _: 1


def _addresses(endpoint: Resource) -> int:
    return len(endpoint.properties.get("SubnetIds", []))


ITEMS = (
    Item(
        name="Interface endpoints, one address in each zone",
        usd=0.01 * HOURS,
        price="0.01 an hour, and 0.01 a GB",
        source="https://aws.amazon.com/privatelink/pricing/",
        type="AWS::EC2::VPCEndpoint",
        times=_addresses,
    ),
    Item(
        name="KMS keys",
        usd=1,
        price="1 a month; each of the first two yearly rotations adds 1",
        source="https://aws.amazon.com/kms/pricing/",
        type="AWS::KMS::Key",
    ),
    Item(
        name="CloudWatch alarms",
        usd=0.10,
        price="0.10 a month",
        source="https://aws.amazon.com/cloudwatch/pricing/",
        type="AWS::CloudWatch::Alarm",
    ),
    Item(
        name="Custom metrics of those alarms",
        usd=0.30,
        price="0.30 a month, for the hours in which they count something",
        source="https://aws.amazon.com/cloudwatch/pricing/",
        type="AWS::Logs::MetricFilter",
    ),
)


def costs(assembly: Assembly) -> str:
    """One row an item, how many of it are in each account, and their sum."""
    purposes = [p for p in assembly.purposes if any(_count(assembly, item, p) for item in ITEMS)]
    rows: list[tuple[str, ...]] = []
    sums = dict.fromkeys(purposes, 0.0)
    for item in ITEMS:
        counts = {purpose: _count(assembly, item, purpose) for purpose in purposes}
        for purpose, count in counts.items():
            sums[purpose] += count * item.usd
        total = sum(counts.values()) * item.usd
        price = f"[{item.price}]({item.source})"
        rows.append((item.name, price, *map(str, counts.values()), f"{total:.2f}"))
    each = (f"{value:.2f}" for value in sums.values())
    rows.append(("**USD a month**", "", *each, f"**{sum(sums.values()):.2f}**"))
    return table(("what", "USD", *purposes, "USD a month"), rows)


def _count(assembly: Assembly, item: Item, purpose: str) -> int:
    idle = (each for each in assembly.of_type(item.type) if not each.comes_with_release)
    return sum(item.times(each) for each in idle if each.purpose == purpose)
