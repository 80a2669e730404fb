"""Policies in files: read, checked and tried without a plane."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from aosctl.errors import OperatorError
from aosctl.policy_documents import PolicyDocument, read_documents, sound_documents
from aosctl.policy_examples import run_examples
from aosctl.policy_schema import schema_text
from services.policies.domain.action import Action
from services.policies.domain.policy_body import BindAt, LimitType, LimitWindow

ROOT = Path(__file__).parents[3]
AOS = Path(sys.executable).with_name("aos")
SOUND = """
name: a policy
scope: {type: all_runs}
monitors: {watched: [STEPS, pii, rag_access]}
limits: [{name: steps, type: steps, maximum: 2, window: Per_Run}]
on_breach: {action: stop}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "policy.yaml"
    path.write_text(text)
    return path


def aos(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([AOS, "policy", *arguments], capture_output=True, text=True, check=False)


def changed(folder: Path, **fields: object) -> Path:
    return written(folder, yaml.safe_dump({**yaml.safe_load(SOUND), **fields}))


def problems(path: Path) -> list[str]:
    return [str(one) for read in read_documents(path) for one in read.problems]


def only(path: Path) -> PolicyDocument:
    (document,) = sound_documents(path)
    return document


def test_names_are_read_in_capitals_or_not_and_defaults_are_those_of_the_plane(
    tmp_path: Path,
) -> None:
    body = only(written(tmp_path, SOUND)).body
    assert (body.limits[0].type, body.limits[0].window) == (LimitType.STEPS, LimitWindow.PER_RUN)
    assert body.on_breach.action is Action.STOP
    assert [tier.percent for tier in body.alert_tiers] == [50, 70, 80, 90]
    assert body.precedence.bind_at is BindAt.EACH_STEP


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"limit": []}, "limit: is not known here; did you mean limits?"),
        ({"scope": None}, "scope: must be a mapping of names to values"),
        ({"name": 5}, "name: must be text"),
        ({"on_breach": {"action": "explode"}}, "on_breach.action: is explode; it must be one of"),
        ({"on_breach": {"action": "BLOCK"}}, "on_breach.action: BLOCK is called STOP today"),
        ({"on_breach": {"action": "abort"}}, "on_breach.action: ABORT is called KILL today"),
        ({"on_breach": {"action": "kill", "requires_ack": "no"}}, "must be true or false"),
        ({"alert_tiers": [{"percent": 120}]}, "alert_tiers[0].percent: "),
        ({"limits": [{"name": "steps"}]}, "limits[0].type: is missing"),
        ({"limits": [{"name": "S!", "type": "steps", "maximum": 1, "window": "per_run"}]}, "name"),
        ({"monitors": {"watched": []}}, "limits[0].type: STEPS is not watched"),
        (
            {"content_rules": [{"name": "x", "detector": "pii", "terms": ["shoe"]}]},
            "content_rules[0].terms[0]: must be one of",
        ),
        ({"limits": [{"name": "s", "type": "steps", "maximum": 10**30, "window": "per_run"}]}, ""),
        (
            {"examples": [{"name": "e", "expect": "stop", "used": {"step": 1}}]},
            "examples[0].used.step: there is no such limit",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, fields: dict[str, object], problem: str
) -> None:
    found = problems(changed(tmp_path, **fields))
    assert any(problem in one for one in found), found


@pytest.mark.parametrize("text", ["", "a: [", "- 1\n- 2\n", "&a [*a]", "just words", "null"])
def test_what_is_no_policy_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(OperatorError):
        sound_documents(written(tmp_path, text))


def test_examples_are_decided_by_the_rules_of_the_plane(tmp_path: Path) -> None:
    examples = [
        {"name": "room", "used": {"steps": 1}, "expect": "continue"},
        {"name": "none", "used": {"steps": 2}, "expect": "stop", "because": "steps"},
        {"name": "wrong", "used": {"steps": 2}, "expect": "kill"},
        {"name": "other reason", "used": {"steps": 2}, "expect": "stop", "because": "people"},
        {"name": "card", "step": {"content": "4111 1111 1111 1111"}, "expect": "stop"},
    ]
    rules = [{"name": "people", "detector": "pii"}]
    outcomes = run_examples(only(changed(tmp_path, examples=examples, content_rules=rules)))
    assert [one.holds for one in outcomes] == [True, True, False, False, True]
    assert outcomes[1].why == "steps would stand at 3 of 2 (150 %)"
    assert outcomes[4].why == "people found card"


@pytest.mark.parametrize("moment", ["run_start", "first_token"])
def test_examples_are_decided_at_the_moment_that_the_policy_binds(
    tmp_path: Path, moment: str
) -> None:
    limit = {"name": "calls", "type": "calls", "maximum": 5, "window": "calendar_day"}
    used = 5 if moment == "run_start" else 6
    path = changed(
        tmp_path,
        monitors={"watched": ["rate"]},
        limits=[limit],
        precedence={"bind_at": moment},
        examples=[{"name": "full", "used": {"calls": used}, "expect": "stop"}],
    )
    (outcome,) = run_examples(only(path))
    assert outcome.holds, outcome.why


def test_the_commands_end_with_what_they_found(tmp_path: Path) -> None:
    path = changed(tmp_path, examples=[{"name": "e", "used": {"steps": 2}, "expect": "continue"}])
    tried = aos("test", str(path))
    assert tried.returncode == 1
    assert "WRONG  e: STOP, steps would stand at 3 of 2 (150 %); expected CONTINUE" in tried.stdout
    assert aos("lint", str(path)).returncode == 0
    bad = changed(tmp_path, limit=[])
    linted = aos("lint", str(bad))
    assert (linted.returncode, "did you mean limits?" in linted.stdout) == (1, True)
    refused = aos("test", str(bad))
    assert refused.returncode == 1
    assert refused.stderr.startswith("aos: The policies cannot be used:")


@pytest.mark.parametrize("command", ["lint", "test", "diff", "apply", "schema"])
def test_every_command_has_a_help_with_examples(command: str) -> None:
    assert f"Examples:\n    aos policy {command}" in aos(command, "--help").stdout


def test_the_example_file_is_sound_and_does_what_it_says() -> None:
    documents = sound_documents(ROOT / "examples" / "policy.yaml")
    outcomes = [one for document in documents for one in run_examples(document)]
    assert len(outcomes) == 5
    assert all(one.holds for one in outcomes)


def test_the_schema_for_editors_is_that_of_the_code() -> None:
    """Mend it with `aos policy schema --save docs/policy.schema.json`."""
    assert (ROOT / "docs" / "policy.schema.json").read_text() == schema_text()
