"""What someone probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 64  # a hostile key of a megabyte would take minutes to compare


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that looks most like `word`, hyphens and capitals aside, if one does."""
    if len(word) > _LONGEST:
        return None
    spelled = {candidate.replace("-", "_"): candidate for candidate in candidates}
    found = get_close_matches(word.lower().replace("-", "_"), spelled, n=1)
    return spelled[found[0]] if found else None
