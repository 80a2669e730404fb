"""Who a service is on the wire: its certificate, its key, and the authorities that it believes.

The files are replaced while the service runs, one after the other or all at once. What does not fit
together is never used: the old certificate stays, and the log says why.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kernel.clock import Clock
from servicekit.config import ConfigError
from servicekit.telemetry.logging import get_logger

_log = get_logger("tls")
# Every connection and every call asks; the files themselves are looked at this often.
LOOK_SECONDS = 1.0

Signature = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """A certificate, its key and the authorities, which have been seen to fit together."""

    certificate: bytes
    key: bytes = field(repr=False)
    authorities: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFiles:
    """Where they are."""

    certificate: Path
    key: Path
    authorities: Path

    def read(self, *, service: str, now: datetime) -> Certificates:
        """Read all three.

        Raises:
            ConfigError: they are not there, do not fit together, or are not this service's.
        """
        try:
            certificate, key, authorities = (
                path.read_bytes() for path in (self.certificate, self.key, self.authorities)
            )
            x509.load_pem_x509_certificates(authorities)
            leaf = x509.load_pem_x509_certificates(certificate)[0]
            private = load_pem_private_key(key, password=None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ConfigError(f"The certificate files cannot be read: {error}.") from None
        if private.public_key() != leaf.public_key():
            raise ConfigError(f"The key in {self.key} is not that of {self.certificate}.")
        _require_usable(leaf, self.certificate, service=service, now=now)
        return Certificates(
            certificate=certificate,
            key=key,
            authorities=authorities,
            expires_at=leaf.not_valid_after_utc,
        )

    def signature(self) -> Signature:
        """What changes whenever a file is replaced or written to."""
        return tuple(_signature(path) for path in (self.certificate, self.key, self.authorities))


class CertificateWatch:
    """The certificates in use. Asked from the event loop and from the threads of gRPC."""

    def __init__(self, *, files: CertificateFiles, service: str, clock: Clock) -> None:
        self._files = files
        self._service = service
        self._clock = clock
        self._looking = threading.Lock()
        self._seen = files.signature()
        self._current = files.read(service=service, now=clock.now())
        self._next_look = clock.monotonic() + LOOK_SECONDS

    def current(self) -> Certificates:
        """The newest certificates that can be used; the same object for as long as they are."""
        # Whoever finds somebody else looking goes on with what was known.
        if self._clock.monotonic() >= self._next_look and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        return self._current

    def _look(self) -> None:
        self._next_look = self._clock.monotonic() + LOOK_SECONDS
        # Before reading: what is replaced meanwhile then looks changed the next time.
        seen = self._files.signature()
        if seen == self._seen:
            return
        self._seen = seen
        try:
            found = self._files.read(service=self._service, now=self._clock.now())
        except ConfigError as error:
            _log.error(
                "the new certificate cannot be used; the old one stays",
                problem=str(error),
                expires_at=self._current.expires_at.isoformat(),
            )
            return
        if found != self._current:
            self._current = found
            _log.info("a new certificate is in use", expires_at=found.expires_at.isoformat())


def _require_usable(leaf: x509.Certificate, path: Path, *, service: str, now: datetime) -> None:
    if leaf.not_valid_after_utc <= now:
        raise ConfigError(f"The certificate in {path} ran out at {leaf.not_valid_after_utc}.")
    names = _names(leaf)
    if service not in names:
        raise ConfigError(
            f"The certificate in {path} is for {', '.join(names) or 'nobody'}, not for {service}. "
            "Issue one with the service's name among its DNS names."
        )


def _names(leaf: x509.Certificate) -> list[str]:
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return extension.value.get_values_for_type(x509.DNSName)


def _signature(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
