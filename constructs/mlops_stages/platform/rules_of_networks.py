"""What must agree in the networks of platform.yaml and in what Studio reaches through them."""

import re
from collections.abc import Iterator

from mlops_stages.platform.errors import Fault, shown
from mlops_stages.platform.network import SIGNS_OF_IMPORT, ZONE_ID, ZONE_NAME
from mlops_stages.platform.plain import Map, list_of, map_of, networks_in, text_of
from mlops_stages.platform.regions import PARTITIONS


def zones_agree(platform: Map) -> Iterator[Fault]:
    """Zones are counted or named, named in one way, and of the platform's region."""
    region = text_of(platform, "region")
    for place, network in networks_in(platform):
        if "zones" in network and "availability_zones" in network:
            yield Fault(
                "PLT-330",
                (*place, "availability_zones"),
                "Zones are given both by name and by number.",
                "Remove `availability_zones`, or `zones`.",
            )
        zones = [zone for zone in list_of(network.get("zones")) if isinstance(zone, str)]
        names = {zone for zone in zones if re.fullmatch(ZONE_NAME, zone)}
        ids = {zone for zone in zones if re.fullmatch(ZONE_ID, zone)}
        if names and ids:
            message = f"{shown(min(names))} is a name and {shown(min(ids))} an id: they may be the same zone."
            yield Fault("PLT-330", (*place, "zones"), message, "Write all by name, or all by id.")
        for index, zone in enumerate(list_of(network.get("zones"))):
            if region in PARTITIONS and zone in names and str(zone)[:-1] != region:
                message = f"The zone {shown(zone)} is not in the platform's region, {region}."
                yield Fault("PLT-330", (*place, "zones", index), message, f"Name a zone of {region}.")


def mlflow_endpoint_agrees(platform: Map) -> Iterator[Fault]:
    """The endpoint is made in a network of ours, for the platform's region."""
    service = text_of(map_of(platform.get("studio")), "mlflow_endpoint_service")
    if service is None:
        return
    place, region = ("studio", "mlflow_endpoint_service"), text_of(platform, "region")
    if SIGNS_OF_IMPORT & map_of(platform.get("network")).keys():
        message = "The network exists already, and its endpoints are the network team's."
        yield Fault("PLT-331", place, message, "Remove it, and ask the network team for that endpoint.")
    elif region in PARTITIONS and service.startswith(("aws.", "com.")) and region not in service.split("."):
        message = f"{shown(service)} is not a service of the platform's region, {region}."
        yield Fault("PLT-331", place, message, f"Name a service of {region}.")


RULES = (zones_agree, mlflow_endpoint_agrees)
