"""Settings of activity; it needs none beyond what every service has."""

from dataclasses import dataclass

from servicekit.settings import ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(ServiceSettings):
    """What activity reads from its environment."""
