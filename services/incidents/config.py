"""Settings of incidents."""

from dataclasses import dataclass

from servicekit.config import setting
from servicekit.settings import ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(ServiceSettings):
    """What incidents reads from its environment."""

    watch_seconds: float = setting(
        "AOS_WATCH_SECONDS",
        "how often the other services are looked at; what is broken twice running is an incident",
        default=5.0,
    )
