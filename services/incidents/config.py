"""Settings of incidents."""

from dataclasses import dataclass

from servicekit.config import Secret, setting
from servicekit.settings import ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(ServiceSettings):
    """What incidents reads from its environment."""

    detector_seconds: float = setting(
        "AOS_HALLUCINATION_SECONDS",
        "how long one output may be looked through",
        default=20.0,
    )
    judge: str = setting(
        "AOS_HALLUCINATION_JUDGE",
        "who makes a judge of outputs, as module:callable; without it no model is asked",
        default="",
    )
    judge_seconds: float = setting(
        "AOS_HALLUCINATION_JUDGE_SECONDS",
        "how long the judge is waited for",
        default=10.0,
    )
    examination_check_seconds: float = setting(
        "AOS_EXAMINATION_CHECK_SECONDS",
        "how often sealed traces are looked for whose outputs nobody has examined",
        default=1.0,
    )
    watch_seconds: float = setting(
        "AOS_WATCH_SECONDS",
        "how often the other services are looked at; what is broken twice running is an incident",
        default=5.0,
    )
    sealing_key_file: str = setting(
        "AOS_SEALING_KEY_FILE",
        "keys that secrets are sealed with, 32 bytes in base64url each, one a line, the first for "
        "new ones; without it a development key that production refuses",
        default="",
    )
    private_networks: str = setting(
        "AOS_PRIVATE_NETWORKS",
        "which networks tenants may let webhooks reach although they are not public, or none",
        default="10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7",
    )
    smtp_host: str = setting(
        "AOS_SMTP_HOST", "mail server; without one no e-mail is sent", default=""
    )
    smtp_port: int = setting("AOS_SMTP_PORT", "port of the mail server", default=587)
    smtp_user: str = setting("AOS_SMTP_USER", "who we are to the mail server", default="")
    smtp_password: Secret = setting(
        "AOS_SMTP_PASSWORD", "password for the mail server", default=Secret("")
    )
    smtp_sender: str = setting(
        "AOS_SMTP_SENDER", "address that e-mail comes from", default="aos@localhost.localdomain"
    )
    smtp_security: str = setting(
        "AOS_SMTP_SECURITY", "starttls, tls (from the first byte on) or none", default="starttls"
    )
    delivery_connect_seconds: float = setting(
        "AOS_DELIVERY_CONNECT_SECONDS", "how long a receiver may take to be reached", default=10.0
    )
    delivery_seconds: float = setting(
        "AOS_DELIVERY_SECONDS", "how long one try of a delivery may last", default=30.0
    )
    delivery_lease_seconds: float = setting(
        "AOS_DELIVERY_LEASE_SECONDS",
        "after how long a delivery is somebody else's whose sender has ended; three tries at least",
        default=90.0,
    )
    delivery_retries: str = setting(
        "AOS_DELIVERY_RETRIES",
        "seconds to wait after each failed try, on average; after the last one it is dead",
        default="5,300,1800,7200,18000,36000,50400,72000,86400",
    )
    delivery_check_seconds: float = setting(
        "AOS_DELIVERY_CHECK_SECONDS", "how often deliveries are looked for", default=0.5
    )
    digest_check_seconds: float = setting(
        "AOS_DIGEST_CHECK_SECONDS", "how often storms are looked for that are over", default=2.0
    )
