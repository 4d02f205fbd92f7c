"""Names of roles that guardrails exempt: what may stand for several, and what must stand for none of the platform's."""

LEAST_LITERAL = 8
"""The fewest characters of a role's name before a wildcard: a shorter prefix does not say whose role it is."""

_PERMISSION_SET = "AWSReservedSSO_"


def is_too_wide(pattern: str) -> bool:
    """Whether a pattern could be the name of anybody's role: its name is too short before the wildcard."""
    stem = pattern.removesuffix("*")
    name = stem.rpartition("/")[2]
    if "*" in stem:
        return True
    if stem == pattern:
        return False
    if name.startswith(_PERMISSION_SET):
        # A permission set's role ends in a hash of its own.
        return not name.removeprefix(_PERMISSION_SET).rstrip("_") or not name.endswith("_")
    return len(name) < LEAST_LITERAL


def is_of_the_platform(pattern: str, platform: str) -> bool:
    """Whether a role that the platform makes for people, jobs or CI could have such a name."""
    stem = pattern.removesuffix("*")
    name = stem.rpartition("/")[2]
    own = (f"{platform}/", f"{platform}-")
    permission_set = f"{_PERMISSION_SET}{platform}-"
    if stem.startswith(own[0]) or name.startswith(permission_set):
        return True
    return stem != pattern and (
        stem.startswith(own) or any(each.startswith(stem) for each in own) or permission_set.startswith(name or "?")
    )
