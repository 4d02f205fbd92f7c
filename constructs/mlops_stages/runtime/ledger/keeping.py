"""How long records and heads are kept, as their buckets lock them and as a verification asks of each."""

from __future__ import annotations

from .checking import COMPLIANCE, Retention

RETENTION_YEARS = 10
"""As long as the longest duty that we know of: Article 18 of the EU's AI Act asks it of the documentation of a
high-risk system; SEC rule 17a-4 and HIPAA ask for six."""

_DAYS_OF_THE_LONGEST_YEAR = 366


def days_locked(years: int) -> int:
    """The days of Object Lock: never fewer than the years have."""
    return years * _DAYS_OF_THE_LONGEST_YEAR


DECLARED = Retention(mode=COMPLIANCE, days=days_locked(RETENTION_YEARS))
"""What every version must be locked by, where nothing else was chosen."""
