"""Settings of accounts: where the two secrets of the plane's credentials are."""

from dataclasses import dataclass
from pathlib import Path

from servicekit.config import setting
from servicekit.settings import ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(ServiceSettings):
    """What accounts reads from its environment."""

    token_signing_key_file: Path = setting(
        "AOS_TOKEN_SIGNING_KEY_FILE", "private key that tokens are signed with"
    )
    key_pepper_file: Path = setting(
        "AOS_KEY_PEPPER_FILE", "secret mixed into the stored form of API keys; never change it"
    )
