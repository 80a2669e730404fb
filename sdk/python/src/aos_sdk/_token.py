"""A short-lived token, and when to ask for the next."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

_SHARE_OF_LIFE = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What an API key was exchanged for; shown nowhere."""

    text: str = field(repr=False)
    good_until: float

    @classmethod
    def received(cls, text: str, *, expires: datetime, asked: float) -> Self:
        """Count a token's life on the monotonic clock, from before it was asked for.

        Only its length is taken from the wall clock. A fifth of it is given up, so that a call
        that begins with the token also ends with it.
        """
        life = (expires - datetime.now(tz=UTC)).total_seconds()  # noqa: TID251
        return cls(text=text, good_until=asked + max(1.0, life * _SHARE_OF_LIFE))

    def is_stale(self, now: float) -> bool:
        """Whether it is time for another one."""
        return now >= self.good_until
