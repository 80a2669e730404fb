"""Certificates in the form that gRPC takes them, and what it learned of the other side's."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import grpc

from servicekit.tls.certificates import Certificates, CertificateWatch

Connection = Callable[[], Mapping[str, Iterable[bytes]]]
_DNS_NAMES = "peer_dns"


def server_credentials(watch: CertificateWatch, *, of_both_sides: bool) -> grpc.ServerCredentials:
    """What a port shows of us and asks of others; it follows the files without a restart."""
    current = watch.current()
    return grpc.dynamic_ssl_server_credentials(
        _shown(current), _Renewal(watch, current), require_client_authentication=of_both_sides
    )


def channel_credentials(certificates: Certificates) -> grpc.ChannelCredentials:
    """What a channel shows of us and believes; it does not follow the files."""
    return grpc.ssl_channel_credentials(
        certificates.authorities, certificates.key, certificates.certificate
    )


def certified_names(connection: Connection) -> frozenset[str]:
    """The DNS names in the other side's certificate; none if it showed none."""
    return frozenset(name.decode() for name in connection().get(_DNS_NAMES, ()))


class _Renewal:
    """Hands over new certificates, once each; gRPC asks at every new connection."""

    def __init__(self, watch: CertificateWatch, shown: Certificates) -> None:
        self._watch = watch
        self._shown = shown

    def __call__(self) -> Any:
        """The new ones, or None; the types of the library do not know of the second."""
        current = self._watch.current()
        if current is self._shown:
            return None
        self._shown = current
        return _shown(current)


def _shown(certificates: Certificates) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration(
        [(certificates.key, certificates.certificate)], certificates.authorities
    )
