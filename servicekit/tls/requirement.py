"""Whether a service speaks TLS, from its settings; what is half said or left open is refused."""

from kernel.clock import Clock
from servicekit.config import ConfigError
from servicekit.settings import ServiceSettings
from servicekit.tls.certificates import CertificateFiles, CertificateWatch


def certificate_watch(settings: ServiceSettings, *, clock: Clock) -> CertificateWatch | None:
    """The certificates to speak TLS with; None where plain text is allowed and wanted.

    Raises:
        ConfigError: the settings contradict each other, or production would be in plain text.
    """
    certificate, key = settings.tls_certificate_file, settings.tls_key_file
    authorities = settings.tls_authorities_file
    if certificate and key and authorities:
        files = CertificateFiles(certificate=certificate, key=key, authorities=authorities)
        return CertificateWatch(files=files, service=settings.service, clock=clock)
    if certificate or key or authorities:
        raise ConfigError(
            "AOS_TLS_CERTIFICATE_FILE, AOS_TLS_KEY_FILE and AOS_TLS_AUTHORITIES_FILE belong "
            "together: set all three or none."
        )
    if settings.edge_listen:
        raise ConfigError("AOS_EDGE_LISTEN is served with TLS: set the AOS_TLS_ files as well.")
    if settings.is_production:
        raise ConfigError(
            "In production services speak TLS to each other: set AOS_TLS_CERTIFICATE_FILE, "
            "AOS_TLS_KEY_FILE and AOS_TLS_AUTHORITIES_FILE. AOS_ENVIRONMENT=development is for "
            "one machine."
        )
    return None
