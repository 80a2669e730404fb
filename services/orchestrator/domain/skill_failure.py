"""Why a skill did not do what it was to do: the run fails with it, the plane does not."""

from typing import Any


class SkillFailed(Exception):
    """A skill has failed, for a reason that stands in the trace."""

    def __init__(self, code: str, message: str, *, used: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        # What it has cost nevertheless.
        self.used = used
