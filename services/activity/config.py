"""Settings of activity."""

from dataclasses import dataclass

from servicekit.config import setting
from servicekit.settings import ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(ServiceSettings):
    """What activity reads from its environment."""

    observed_grace_seconds: float = setting(
        "AOS_OBSERVED_GRACE_SECONDS",
        "how long spans may still join the trace of an observed run that is over",
        default=60.0,
    )
