"""The governance profile: how much a plane insists on."""

from enum import StrEnum


class Profile(StrEnum):
    """From strict to watching only."""

    STRICT = "STRICT"
    STANDARD = "STANDARD"
    OBSERVE_ONLY = "OBSERVE_ONLY"

    @property
    def allows_runs_without_policies(self) -> bool:
        """Whether a run may begin that no policy applies to."""
        return self is Profile.OBSERVE_ONLY
