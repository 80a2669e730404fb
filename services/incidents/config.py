"""Settings of incidents."""

from dataclasses import dataclass

from servicekit.settings import ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(ServiceSettings):
    """What incidents reads from its environment."""
