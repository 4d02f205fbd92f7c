"""Of how many days drift is measured, and how often."""

from __future__ import annotations

DAYS = 7
"""A week: each day of it is another."""
DAY_HOURS = 24
HOURS = (1, 2, 3, 4, 6, 8, 12)
"""Hours between two measurements within a day: each divides it, so that every day has the same ones."""


def hours_known(every_hours: int) -> int:
    """How long figures count: until the next are there, and two hours more."""
    return every_hours + 2
