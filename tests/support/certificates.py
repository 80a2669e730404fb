"""Authorities and certificates that exist only in a test; nothing here is a secret of anybody."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kernel.clock import utc_now

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its key, as they are written to files."""

    certificate: bytes
    key: bytes


class Authority:
    """Somebody who signs certificates; the others decide whether they believe it."""

    def __init__(self, name: str, *, lifetime: timedelta = DAY) -> None:
        self._subject = f"authority {name}"
        self._key = ec.generate_private_key(ec.SECP256R1())
        # What others need to believe it.
        self.certificate = self._sign(
            self._key, self._subject, lifetime=lifetime, is_authority=True
        )

    def issue(
        self, *names: str, lifetime: timedelta = DAY, addresses: Sequence[str] = ()
    ) -> Issued:
        """A certificate for these DNS names; a negative lifetime has run out already."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
        alternatives += [x509.IPAddress(ipaddress.ip_address(one)) for one in addresses]
        certificate = self._sign(key, "test", alternatives, lifetime=lifetime)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Issued(certificate=certificate, key=private)

    def _sign(
        self,
        key: ec.EllipticCurvePrivateKey,
        subject: str,
        alternatives: Sequence[x509.GeneralName] = (),
        *,
        lifetime: timedelta,
        is_authority: bool = False,
    ) -> bytes:
        now = utc_now()
        builder = (
            x509.CertificateBuilder()
            .subject_name(_named(subject))
            .issuer_name(_named(self._subject))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + lifetime)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if alternatives:
            builder = builder.add_extension(
                x509.SubjectAlternativeName(alternatives), critical=False
            )
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)


@dataclass(frozen=True, slots=True)
class CertificateFolder:
    """The three files of one service, which can be replaced while it runs."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """Who the service is."""
        return self.folder / "tls.crt"

    @property
    def key(self) -> Path:
        """The secret half of it."""
        return self.folder / "tls.key"

    @property
    def authorities(self) -> Path:
        """Whom the service believes."""
        return self.folder / "ca.crt"

    def write(self, issued: Issued, *believed: bytes) -> "CertificateFolder":
        """Put these in place of what is there, one file after the other."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.authorities.write_bytes(b"".join(believed))
        self.certificate.write_bytes(issued.certificate)
        self.key.write_bytes(issued.key)
        return self

    def environment(self) -> dict[str, str]:
        """The settings that name the files."""
        return {
            "AOS_TLS_CERTIFICATE_FILE": str(self.certificate),
            "AOS_TLS_KEY_FILE": str(self.key),
            "AOS_TLS_AUTHORITIES_FILE": str(self.authorities),
        }


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
