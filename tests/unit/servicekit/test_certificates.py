"""Certificates are read again when they change; what cannot be used never takes their place."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kernel.clock import FakeClock, SystemClock, utc_now
from servicekit.config import ConfigError, Secret
from servicekit.settings import ServiceSettings
from servicekit.tls import certificates
from servicekit.tls.certificates import LOOK_SECONDS, CertificateFiles, CertificateWatch
from servicekit.tls.requirement import certificate_watch
from tests.support.certificates import Authority, CertificateFolder, Issued

OURS = Authority("ours")
LATER = timedelta(seconds=LOOK_SECONDS)


class Logged:
    """What was said, in place of a log."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def info(self, line: str, **more: Any) -> None:
        self.lines.append((line, more))

    error = info


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Logged:
    found = Logged()
    monkeypatch.setattr(certificates, "_log", found)
    return found


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(at=utc_now())


@pytest.fixture
def folder(tmp_path: Path) -> CertificateFolder:
    return CertificateFolder(tmp_path).write(OURS.issue("policies"), OURS.certificate)


def watched(folder: CertificateFolder, clock: FakeClock) -> CertificateWatch:
    files = CertificateFiles(
        certificate=folder.certificate, key=folder.key, authorities=folder.authorities
    )
    return CertificateWatch(files=files, service="policies", clock=clock)


def test_nothing_is_read_again_while_nothing_changes(
    folder: CertificateFolder, clock: FakeClock
) -> None:
    watch = watched(folder, clock)
    first = watch.current()
    clock.advance(LATER)
    assert watch.current() is first


def test_a_new_certificate_is_found_at_the_next_look(
    folder: CertificateFolder, clock: FakeClock, logged: Logged
) -> None:
    watch = watched(folder, clock)
    first, new = watch.current(), OURS.issue("policies")
    folder.write(new, OURS.certificate)
    assert watch.current() is first
    clock.advance(LATER)
    assert watch.current().certificate == new.certificate
    assert [line for line, _ in logged.lines] == ["a new certificate is in use"]


UNUSABLE: dict[str, tuple[Callable[[], Issued], str]] = {
    "is of another service": (lambda: OURS.issue("logs"), "is for logs, not for policies"),
    "is of nobody": (OURS.issue, "is for nobody"),
    "has run out": (lambda: OURS.issue("policies", lifetime=-timedelta(1)), "ran out at"),
    "is no certificate": (lambda: Issued(b"nonsense", b"nonsense"), "cannot be read"),
    "has another key": (
        lambda: Issued(OURS.issue("policies").certificate, OURS.issue("policies").key),
        "is not that of",
    ),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_certificate_that_cannot_be_used_leaves_the_old_one_and_a_line(
    kind: str, folder: CertificateFolder, clock: FakeClock, logged: Logged
) -> None:
    watch = watched(folder, clock)
    first = watch.current()
    make, sentence = UNUSABLE[kind]
    folder.write(make(), OURS.certificate)
    clock.advance(LATER)
    assert watch.current() is first
    clock.advance(LATER)
    assert watch.current() is first
    # Once, however often it is looked at.
    ((line, more),) = logged.lines
    assert line == "the new certificate cannot be used; the old one stays"
    assert sentence in more["problem"]
    good = OURS.issue("policies")
    folder.write(good, OURS.certificate)
    clock.advance(LATER)
    assert watch.current().certificate == good.certificate


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_service_does_not_begin_with_a_certificate_that_cannot_be_used(
    kind: str, folder: CertificateFolder, clock: FakeClock
) -> None:
    make, sentence = UNUSABLE[kind]
    folder.write(make(), OURS.certificate)
    with pytest.raises(ConfigError, match=sentence):
        watched(folder, clock)


def test_files_that_are_replaced_one_after_the_other_are_used_when_they_fit(
    folder: CertificateFolder, clock: FakeClock, logged: Logged
) -> None:
    watch, new = watched(folder, clock), OURS.issue("policies")
    first = watch.current()
    folder.certificate.write_bytes(new.certificate)
    clock.advance(LATER)
    assert watch.current() is first
    folder.key.write_bytes(new.key)
    clock.advance(LATER)
    assert watch.current().certificate == new.certificate


def test_authorities_are_renewed_as_well(folder: CertificateFolder, clock: FakeClock) -> None:
    watch, other = watched(folder, clock), Authority("other")
    folder.authorities.write_bytes(OURS.certificate + other.certificate)
    clock.advance(LATER)
    assert other.certificate in watch.current().authorities


def test_a_key_shows_itself_nowhere(folder: CertificateFolder, clock: FakeClock) -> None:
    current = watched(folder, clock).current()
    assert "PRIVATE" in current.key.decode()
    assert "PRIVATE" not in repr(current)


def settings(folder: CertificateFolder | None, **more: Any) -> ServiceSettings:
    files = {}
    if folder is not None:
        files = {
            "tls_certificate_file": folder.certificate,
            "tls_key_file": folder.key,
            "tls_authorities_file": folder.authorities,
        }
    given: dict[str, Any] = {
        "service": "policies",
        "listen": "127.0.0.1:0",
        "database_url": Secret(""),
        "nats_url": Secret(""),
        "identity_key_file": Path("/"),
        "identities_file": Path("/"),
        **files,
        **more,
    }
    return ServiceSettings(**given)


def test_production_does_not_begin_in_plain_text(folder: CertificateFolder) -> None:
    with pytest.raises(ConfigError, match="In production services speak TLS"):
        certificate_watch(settings(None), clock=SystemClock())
    assert certificate_watch(settings(folder), clock=SystemClock()) is not None


def test_development_may_be_in_plain_text() -> None:
    plain = settings(None, environment="development")
    assert certificate_watch(plain, clock=SystemClock()) is None


@pytest.mark.parametrize("missing", ["certificate", "key", "authorities"])
@pytest.mark.parametrize("environment", ["development", "production"])
def test_all_three_files_or_none(missing: str, environment: str, folder: CertificateFolder) -> None:
    half = {f"tls_{missing}_file": None, "environment": environment}
    with pytest.raises(ConfigError, match="set all three or none"):
        certificate_watch(settings(folder, **half), clock=SystemClock())


def test_there_is_no_edge_without_certificates() -> None:
    open_edge = settings(None, environment="development", edge_listen="127.0.0.1:0")
    with pytest.raises(ConfigError, match="AOS_EDGE_LISTEN is served with TLS"):
        certificate_watch(open_edge, clock=SystemClock())
