"""What must agree in platform.yaml about the platform's own delivery."""

import re
from collections.abc import Iterator

from mlops_stages.platform.delivery import GITHUB_TEAM
from mlops_stages.platform.errors import Fault, shown
from mlops_stages.platform.plain import Map, map_of, may_have, text_of


def delivery_fits_its_provider(platform: Map) -> Iterator[Fault]:
    """At GitLab the platform's jobs need an image and numbers; at GitHub, no image and a team."""
    delivery = map_of(platform.get("delivery"))
    repository = map_of(delivery.get("repository"))
    provider, approvers = text_of(repository, "provider"), text_of(delivery, "approvers")
    if provider == "github":
        if "image" in delivery:
            message = "The jobs at GitHub run on a machine of GitHub's, in no image."
            yield Fault("PLT-324", ("delivery", "image"), message, "Remove it.")
        if approvers is not None and not re.fullmatch(GITHUB_TEAM, approvers):
            message = f"{shown(approvers)} is not the name of a team at GitHub."
            fix = "Write it as in the address of the team's page: 1 to 100 of a-z, 0-9, - and _."
            yield Fault("PLT-238", ("delivery", "approvers"), message, fix)
    if provider == "gitlab":
        if not may_have(delivery, "image"):
            message = "The jobs at GitLab run in an image, and none is named."
            yield Fault("PLT-324", ("delivery",), message, "Add `image:`, named by its digest.")
        if not {"owner_id", "repository_id"} & repository.keys():
            message = "AWS tells a project at GitLab from a later one of its path by their numbers, and none is given."
            fix = "Add owner_id and repository_id, as `glab api projects/OWNER%2FNAME` tells them."
            yield Fault("PLT-324", ("delivery", "repository"), message, fix)


RULES = (delivery_fits_its_provider,)
