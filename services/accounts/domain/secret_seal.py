"""What is kept of a key's secret: its HMAC under the plane's pepper.

The pepper lies outside the database, so a stolen copy of the tables cannot even confirm a guess.
A slow hash would add nothing: the secret is 256 random bits, which nobody guesses.
"""

import hmac

# No secret has this seal; comparing with it costs what comparing with a real one costs.
NO_SEAL = bytes(32)


class SecretSeal:
    """Seals secrets and compares them with what was sealed."""

    def __init__(self, *, pepper: bytes) -> None:
        self._pepper = pepper

    def seal(self, secret: str) -> bytes:
        """The form in which a secret is kept."""
        return hmac.digest(self._pepper, secret.encode(), "sha256")

    def matches(self, secret: str, seal: bytes) -> bool:
        """Whether this is the secret that was sealed; takes the same time for every answer."""
        return hmac.compare_digest(self.seal(secret), seal)
