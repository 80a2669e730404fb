"""Settings of logs: what checkpoints are signed with, and the name they are signed under."""

from dataclasses import dataclass
from pathlib import Path

from servicekit.config import setting
from servicekit.settings import ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(ServiceSettings):
    """What logs reads from its environment."""

    checkpoint_key_file: Path = setting(
        "AOS_CHECKPOINT_KEY_FILE", "private key that checkpoints of the ledger are signed with"
    )
    ledger_origin: str = setting(
        "AOS_LEDGER_ORIGIN",
        "host name under which checkpoints are signed; choose it once for each installation",
        default="aos.local",
    )
    retired_checkpoint_keys: str = setting(
        "AOS_CHECKPOINT_RETIRED_KEYS",
        "verifier keys that signed earlier checkpoints, separated by commas",
        default="",
    )
