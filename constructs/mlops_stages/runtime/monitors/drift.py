"""How far decisions have moved from the baseline: scores and inputs, without any label.

A column that is constant in the baseline has one edge: PSI and divergence do not see it rise, the KS statistic does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from .bins import Bins, NumberBins
from .counts import read_categories, read_rows
from .figures import Figure
from .kolmogorov import Compared, compare
from .metrics import quotient
from .sql import Ask
from .window import Period

SMOOTHING = 0.5
"""Added to the count of each bin: an empty one would make the figures infinite."""

_NUMBER_BINS = "bins end at the baseline's deciles (interpolated linearly; a value on an edge is in the upper bin)"
_CATEGORY_BINS = "one bin for each value of the baseline, one for all new values"


def psi(expected: Sequence[int], actual: Sequence[int]) -> float:
    """The population stability index of two lists of counts, in nats: 0 where their shares are the same."""
    shares = zip(_shares(expected), _shares(actual), strict=True)
    return math.fsum((a - e) * math.log(a / e) for e, a in shares)


def divergence(expected: Sequence[int], actual: Sequence[int]) -> float:
    """The Jensen-Shannon divergence of two lists of counts, in bits: 0 to 1.

    scipy's `jensenshannon` is the distance: the square root of this, and in nats unless told.
    """
    shares = zip(_shares(expected), _shares(actual), strict=True)
    return math.fsum((e * math.log2(2 * e / (e + a)) + a * math.log2(2 * a / (e + a))) / 2 for e, a in shares)


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) + SMOOTHING * len(counts)
    return [(count + SMOOTHING) / total for count in counts]


def drift(
    ask: Ask, *, baseline: str, decisions: str, window: Period, bins: Sequence[Bins], of_baseline: Ask | None = None
) -> tuple[Figure, ...]:
    """Return each column's figures for the decisions of a window; `bins` is what `read_bins` gives for the baseline.

    psi, js_divergence and missing_share of each column; ks of numbers, new_share of categories. NaN and infinite
    numbers count as missing. There are no intervals. `of_baseline` runs statements about the baseline alone: their
    answers may be remembered. Error: MON-001.
    """
    asks = ask if of_baseline is None else of_baseline, ask
    against = f"decisions of {decisions} from {window} against all rows of {baseline}"
    rows = read_rows(asks[0], baseline), read_rows(ask, decisions, window)
    found: list[Figure] = []
    for of in bins:
        if isinstance(of, NumberBins):
            compared = compare(asks, baseline, decisions, of, window)
            before, now = ((*each, every - sum(each)) for each, every in zip(compared.counts, rows, strict=True))
            found += [*_of_counts(of, before, now, against), _ks(of, compared, against)]
        else:
            before, now = read_categories(asks[0], baseline, of), read_categories(ask, decisions, of, window)
            found += _of_counts(of, before, now, against)
    return tuple(found)


def _of_counts(of: Bins, expected: Sequence[int], actual: Sequence[int], against: str) -> list[Figure]:
    rows = sum(actual)
    ways = _NUMBER_BINS if isinstance(of, NumberBins) else _CATEGORY_BINS
    binned = f"{ways}, one for missing values; {SMOOTHING} added to each bin's count; {against}"
    figure = partial(Figure, of=of.column, rows=rows)
    why = None if rows and sum(expected) else "the window or the baseline has no rows"
    share = f"{{}}; {against}; no interval"
    found = [
        figure(
            name="psi",
            value=None if why else psi(expected, actual),
            definition=f"population stability index, natural logarithm: {binned}; no interval",
            why=why,
        ),
        figure(
            name="js_divergence",
            value=None if why else divergence(expected, actual),
            definition=f"Jensen-Shannon divergence, logarithm to base 2: {binned}; no interval",
            why=why,
        ),
        figure(
            name="missing_share",
            value=quotient(actual[-1], rows),
            definition=share.format("share of decisions that have no value"),
            why=why,
        ),
    ]
    if not isinstance(of, NumberBins):
        found.append(
            figure(
                name="new_share",
                value=quotient(actual[-2], rows),
                definition=share.format("share of decisions whose value the baseline does not have"),
                why=why,
            )
        )
    return found


def _ks(of: NumberBins, compared: Compared, against: str) -> Figure:
    return Figure(
        name="ks",
        of=of.column,
        value=compared.statistic,
        rows=sum(compared.counts[1]),
        definition=(
            "Kolmogorov-Smirnov statistic, exact: the largest difference of the two distribution functions of values "
            f"that are there; {against}; no interval"
        ),
        why="the window or the baseline has no value" if compared.statistic is None else None,
    )
