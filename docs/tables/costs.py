"""What an idle platform costs, counted in the reference organization's templates."""

from collections.abc import Callable
from dataclasses import dataclass

from docs.tables.assembly import Assembly
from docs.tables.markdown import table

HOURS = 730
"""A month's, as AWS's own calculator counts."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """Something that costs money while nobody works: how many, and USD a month for one."""

    name: str
    usd: float
    price: str
    source: str
    count: Callable[[Assembly], int]


def _endpoint_addresses(assembly: Assembly) -> int:
    return sum(len(e.properties.get("SubnetIds", [])) for e in assembly.of_type("AWS::EC2::VPCEndpoint"))


def _count(name: str) -> Callable[[Assembly], int]:
    return lambda assembly: len(assembly.of_type(name))


ITEMS = (
    Item(
        name="Interface endpoints, one address in each zone",
        usd=0.01 * HOURS,
        price="0.01 an hour, and 0.01 a GB",
        source="https://aws.amazon.com/privatelink/pricing/",
        count=_endpoint_addresses,
    ),
    Item(
        name="KMS keys",
        usd=1,
        price="1 a month; each of the first two yearly rotations adds 1",
        source="https://aws.amazon.com/kms/pricing/",
        count=_count("AWS::KMS::Key"),
    ),
    Item(
        name="CloudWatch alarms",
        usd=0.10,
        price="0.10 a month",
        source="https://aws.amazon.com/cloudwatch/pricing/",
        count=_count("AWS::CloudWatch::Alarm"),
    ),
    Item(
        name="Custom metrics of those alarms",
        usd=0.30,
        price="0.30 a month, for the hours in which they count something",
        source="https://aws.amazon.com/cloudwatch/pricing/",
        count=_count("AWS::Logs::MetricFilter"),
    ),
)


def costs(assembly: Assembly) -> str:
    """One row an item, and their sum."""
    rows: list[tuple[str, str, str, str, str]] = []
    total = 0.0
    for item in ITEMS:
        count = item.count(assembly)
        total += count * item.usd
        rows.append((item.name, str(count), item.price, f"{count * item.usd:.2f}", f"[prices]({item.source})"))
    rows.append(("**Sum**", "", "", f"**{total:.2f}**", ""))
    return table(("what", "how many", "USD", "USD a month", "source"), rows)
