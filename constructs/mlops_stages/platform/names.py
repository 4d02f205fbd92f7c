"""The names that AWS sees, and how long each part may be.

The longest names are `PLATFORM-TEAM-MEMBER` (an IAM role, at most 64 characters) and `PLATFORM-TEAM-MODEL` with a
suffix (SageMaker, at most 63). With the limits below they fit by construction: nothing has to be cut at deployment.
"""

import re
from hashlib import sha256

PLATFORM_NAME_LONGEST = 12
TEAM_NAME_LONGEST = 20
MODEL_NAME_LONGEST = 24
MEMBER_NAME_LONGEST = 20
FEATURE_GROUP_NAME_LONGEST = 24

_HASH = 6


def member_name(email: str) -> str:
    """The short name of a person: the local part of the address in a-z, 0-9 and hyphens, at most 20 characters.

    A longer one is cut and ends in a hash of the whole address, so that it depends on nothing but the address:
    no newcomer ever renames a colleague.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", email.rpartition("@")[0].lower()).strip("-")
    if 0 < len(slug) <= MEMBER_NAME_LONGEST:
        return slug
    digest = sha256(email.lower().encode()).hexdigest()[:_HASH]
    start = slug[: MEMBER_NAME_LONGEST - _HASH - 1].strip("-") or "person"
    return f"{start}-{digest}"


def turned_around(name: str, start: str) -> str:
    """A name for what starts with another's name and a hyphen: `eu-fraud` for `fraud-eu`, `fraud2` for `fraud-2`."""
    rest = name[len(start) + 1 :]
    return f"{rest}-{start}" if rest[:1].isalpha() else name.replace("-", "")
