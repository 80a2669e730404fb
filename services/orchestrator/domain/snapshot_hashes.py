"""The two hashes of a policy snapshot, recomputed from its bytes by somebody else than policies."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import rfc8785


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSnapshot:
    """A snapshot as policies hands it out."""

    id: str
    content: bytes
    content_hash: str
    threshold_hash: str

    @property
    def policies(self) -> list[dict[str, Any]]:
        """The policies in it, as plain values; none when the bytes cannot be read."""
        try:
            found = json.loads(self.content)["policies"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return []
        return found if isinstance(found, list) else []

    @property
    def policy_names(self) -> dict[str, str]:
        """What the policies were called when the snapshot was taken."""
        return {one["policy_id"]: one["body"]["name"] for one in self.policies}


def content_hash_of(snapshot: ReadSnapshot) -> str:
    """SHA-256 of the content, in hexadecimal."""
    return hashlib.sha256(snapshot.content).hexdigest()


def threshold_hash_of(snapshot: ReadSnapshot) -> str:
    """SHA-256 of the thresholds alone: every limit, and the percents at which somebody is told."""
    thresholds = [
        {
            "policy_id": one["policy_id"],
            "mode": one["mode"],
            "limits": one["body"]["limits"],
            "percents": [tier["percent"] for tier in one["body"]["alert_tiers"]],
        }
        for one in snapshot.policies
    ]
    return hashlib.sha256(rfc8785.dumps({"thresholds": thresholds})).hexdigest()
