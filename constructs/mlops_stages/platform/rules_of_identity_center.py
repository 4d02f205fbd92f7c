"""What must agree in platform.yaml where people come through IAM Identity Center."""

from collections.abc import Iterator

from mlops_stages.platform.errors import Fault, shown
from mlops_stages.platform.people import IN_STUDIO
from mlops_stages.platform.plain import Map, Place, map_of, people_in, repeated, text_of


def studio_people_in(platform: Map) -> list[tuple[Place, str]]:
    """The place and the lower-case address of everybody who has a profile in Studio."""
    studio = {persona.plural for persona in IN_STUDIO}
    return [(loc, email.lower()) for _, people in people_in(platform) for loc, email in people if loc[-2] in studio]


def by_identity_center(platform: Map) -> bool:
    """Whether people come through IAM Identity Center."""
    return text_of(map_of(platform.get("sign_in")), "method") == "identity_center"


def one_user_one_profile(platform: Map) -> Iterator[Fault]:
    """A user of Identity Center has one profile in a domain, and all teams work in one domain."""
    if not by_identity_center(platform):
        return
    teams: dict[str, Place] = {}
    for loc, email in studio_people_in(platform):
        first = teams.setdefault(email, loc)
        if first[:2] != loc[:2]:
            yield Fault(
                "PLT-333",
                loc,
                f"{shown(email)} works in Studio for another team already, and a user has one profile in a domain.",
                "Keep one of the two, give the person a second user with another address, or choose another sign_in.",
            )


def users_are_people(platform: Map) -> Iterator[Fault]:
    """Whom the file assigns to Studio works there, and has an id of their own."""
    users = map_of(map_of(platform.get("sign_in")).get("users"))
    known = {email for _, email in studio_people_in(platform)}
    place: Place = ("sign_in", "users")
    for loc, _, first in repeated(((*place, email), email.lower()) for email in users):
        yield Fault("PLT-334", loc, f"The address is there already: {first}.", "Keep one of the two.")
    for email in users:
        if email.lower() not in known:
            message = f"No one with the address {shown(email)} works in Studio."
            yield Fault("PLT-334", (*place, email), message, "Remove it, or list the person in a team.")
    ids = (((*place, email), user.lower()) for email, user in users.items() if isinstance(user, str))
    for loc, _, first in repeated(ids):
        yield Fault("PLT-334", loc, f"The id is another person's: {first}.", "Write each person's own id.")


RULES = (one_user_one_profile, users_are_people)
