"""Each service is told what it needs, and no secret of another."""

import dataclasses
from importlib import import_module
from pathlib import Path

import pytest

from aosctl.environment import DRIVING, service_environment
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


def test_how_runs_are_governed_and_driven_is_for_the_operator_to_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {
        "AOS_GOVERNANCE_PROFILE": "STRICT",
        "AOS_STALE_SECONDS": "5",
        "AOS_DETECTOR_SECONDS": "2",
    }
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    made = environments(tmp_path)
    knowing = {name: {one for one in said if one in env} for name, env in made.items()}
    assert {name: names for name, names in knowing.items() if names} == {
        "policies": {"AOS_GOVERNANCE_PROFILE", "AOS_DETECTOR_SECONDS"},
        "orchestrator": {"AOS_GOVERNANCE_PROFILE", "AOS_STALE_SECONDS"},
    }


def test_everything_that_is_handed_on_is_a_setting_of_its_service() -> None:
    for service, beginnings in DRIVING.items():
        kind = import_module(f"services.{service}.config").Settings
        known = [item.metadata["variable"] for item in dataclasses.fields(kind) if item.metadata]
        for beginning in beginnings:
            assert any(name.startswith(beginning) for name in known), (service, beginning)
