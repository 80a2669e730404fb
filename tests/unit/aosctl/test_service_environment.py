"""Each service is told what it needs, and no secret of another."""

from pathlib import Path

import pytest

from aosctl.environment import service_environment
from aosctl.keys import Keys
from aosctl.port_plan import default_ports
from aosctl.services import SERVICES
from servicekit.sealing import KEY_BYTES, MasterKeys


def environments(folder: Path) -> dict[str, dict[str, str]]:
    keys = Keys(folder / "keys")
    keys.ensure()
    ports = default_ports()
    return {
        service.name: service_environment(
            service,
            keys=keys,
            ports=ports,
            postgres_url="postgresql://aos@127.0.0.1:1/aos",
            nats_url="nats://127.0.0.1:2",
        )
        for service in SERVICES
    }


def test_incidents_alone_is_told_what_it_seals_with_and_production_would_take_it(
    tmp_path: Path,
) -> None:
    made = environments(tmp_path)
    path = made["incidents"]["AOS_SEALING_KEY_FILE"]
    (key,) = MasterKeys.read(path, is_production=True).keys
    assert len(key) == KEY_BYTES
    assert [name for name, one in made.items() if "AOS_SEALING_KEY_FILE" in one] == ["incidents"]


def test_the_mail_server_and_its_password_are_for_incidents_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AOS_SMTP_HOST", "mail.example.org")
    monkeypatch.setenv("AOS_SMTP_PASSWORD", "very secret")
    made = environments(tmp_path)
    assert made["incidents"]["AOS_SMTP_HOST"] == "mail.example.org"
    knowing = [name for name, one in made.items() if "very secret" in one.values()]
    assert knowing == ["incidents"]
