"""The certificates of a cluster, and how an authority is replaced while everybody works."""

from datetime import timedelta
from pathlib import Path

import grpc
from cryptography import x509

from tests.support.certificates import DAY, Authority, CertificateFolder


class ClusterCertificates:
    """A folder of files for each service, which its replicas share as pods share a secret."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self._folders = {name: CertificateFolder(folder / name) for name in names}
        self.authorities = [Authority("first"), Authority("second")]
        self._issued = 0

    def environment(self, service: str) -> dict[str, str]:
        """The settings that name the files of a service."""
        return self._folders[service].environment()

    def issue(self, *, by: int = 0, believed: tuple[int, ...] = (0,)) -> None:
        """Give everybody a new certificate, one after the other; each round's end at another time."""
        self._issued += 1
        lifetime = DAY + timedelta(minutes=self._issued)
        roots = [self.authorities[number].certificate for number in believed]
        for name, folder in self._folders.items():
            folder.write(self.authorities[by].issue(name, lifetime=lifetime), *roots)

    def end_of(self, service: str) -> str:
        """When the newest certificate of a service ends, as it says in its log."""
        issued = x509.load_pem_x509_certificate(self._folders[service].certificate.read_bytes())
        return issued.not_valid_after_utc.isoformat()

    def believed(self) -> grpc.ChannelCredentials:
        """What people and agents show and believe: nothing of their own, and either authority."""
        return grpc.ssl_channel_credentials(self._roots())

    def credentials(self, name: str) -> grpc.ChannelCredentials:
        """What somebody shows who has a certificate."""
        folder = self._folders[name]
        key, certificate = folder.key.read_bytes(), folder.certificate.read_bytes()
        return grpc.ssl_channel_credentials(self._roots(), key, certificate)

    def _roots(self) -> bytes:
        return b"".join(one.certificate for one in self.authorities)
