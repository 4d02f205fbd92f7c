"""Closed sets of words whose order means something."""

from enum import StrEnum
from typing import Self


class Ordered(StrEnum):
    """An enum whose members compare by their place in it, not by their spelling."""

    @property
    def position(self) -> int:
        """The place in the order, from 0."""
        return list(type(self)).index(self)

    @property
    def up_to(self) -> tuple[Self, ...]:
        """This member and all before it, lowest first."""
        return tuple(type(self))[: self.position + 1]

    def includes(self, other: Self) -> bool:
        """Whether `other` is this member or one before it."""
        return other.position <= self.position

    def __lt__(self, other: str) -> bool:
        return self.position < type(self)(other).position

    def __le__(self, other: str) -> bool:
        return self.position <= type(self)(other).position

    def __gt__(self, other: str) -> bool:
        return self.position > type(self)(other).position

    def __ge__(self, other: str) -> bool:
        return self.position >= type(self)(other).position
