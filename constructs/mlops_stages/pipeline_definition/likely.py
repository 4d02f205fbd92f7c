"""How an error names what someone probably meant, and what there is."""

from collections.abc import Iterable

from mlops_stages.platform.errors import shown
from mlops_stages.platform.suggest import nearest

_MOST = 12
"""How many words are listed: the API's fields can be fifty."""


def likely(word: str, known: Iterable[str]) -> str:
    """` (do you mean 'Subnets'?)`, or nothing where nothing looks alike."""
    spelled = {each.lower(): each for each in known}
    found = nearest(word.lower(), spelled)
    return f" (do you mean {shown(spelled[found])}?)" if found is not None else ""


def one_of(known: Iterable[str]) -> str:
    """`known values: A, B, and 3 more`."""
    words = list(known)
    if not words:
        return "there is none"
    listed = ", ".join(words[:_MOST])
    left = len(words) - _MOST
    return f"known values: {listed}, and {left} more" if left > 0 else f"known values: {listed}"
