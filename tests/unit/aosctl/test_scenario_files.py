"""Scenarios in files: what is wrong with them is told by its name and line, without a plane."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from aosctl.errors import OperatorError
from aosctl.scenario.causes import CAUSES
from aosctl.scenario.document import Cause, Given, Scenario
from aosctl.scenario.reading import read_scenario, sound_scenarios
from services.policies.domain.action import Action

ROOT = Path(__file__).parents[3]
AOS = Path(sys.executable).with_name("aos")
SHIPPED = sorted((ROOT / "examples" / "scenarios").glob("*.yaml"))
SOUND = """\
name: a-scenario
description: It shows something.
given:
  policies:
    - name: One step
      scope: { type: all_runs }
      monitors: { watched: [steps] }
      limits: [{ name: steps, type: steps, maximum: 1, window: per_run }]
      on_breach: { action: stop }
causes:
  - submit_run: { name: first }
  - take_step: { step: s1, kind: model_call }
  - take_step: { step: s2 }
    refused: RUN_IS_OVER
effects:
  - of: first
    activity:
      run: { status: failed_policy, violation_policy_id: { policy: One step } }
    incidents:
      incidents: { count: 1, some: [{ severity: high }] }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "scenario.yaml"
    path.write_text(text)
    return path


def complaints(folder: Path, text: str) -> list[tuple[int, str]]:
    read = read_scenario(written(folder, text))
    return [(one.line, str(one.problem)) for one in read.complaints]


def changed(old: str, new: str) -> str:
    assert old in SOUND
    return SOUND.replace(old, new)


def aos(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [AOS, "scenario", *arguments], capture_output=True, text=True, check=False
    )


def test_a_sound_scenario_is_read_as_it_says(tmp_path: Path) -> None:
    (scenario,) = sound_scenarios([written(tmp_path, SOUND)])
    assert isinstance(scenario, Scenario)
    assert [name for cause in scenario.causes for name, _ in cause.named] == [
        "submit_run",
        "take_step",
        "take_step",
    ]
    assert scenario.causes[2].refused == "RUN_IS_OVER"
    assert scenario.given.policies[0].on_breach.action is Action.STOP
    assert scenario.effects[0].incidents["incidents"]["count"] == 1


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("description:", "descripton:", 2, "descripton: is not known here; did you mean desc"),
        ("  - take_step: { step: s2 }", "  - take_stp: { step: s2 }", 13, "causes[2].take_stp: is"),
        ("step: s2 }", "stop: s2 }", 13, "causes[2].take_step.stop: is not known here"),
        ("kind: model_call", "kind: dream", 12, "causes[1].take_step.kind: is dream; it must be"),
        ("  - of: first", "  - of: second", 16, "effects[0].of: there is no run second; known"),
        ("status: failed_policy", "stats: failed", 18, "effects[0].activity.run.stats: is not kn"),
        ("status: failed_policy", "status: exploded", 18, "status: is exploded; it must be one of"),
        ("severity: high", "severity: 3", 20, "severity: is 3; it must be one of"),
        ("count: 1", "number: 1", 20, "effects[0].incidents.incidents.number: is not known"),
        ("count: 1", "count: one", 20, "effects[0].incidents.incidents.count: must be a whole"),
        (
            "      incidents: { c",
            "      incident: { c",
            20,
            "effects[0].incidents.incident: is not",
        ),
        ("name: a-scenario", "name: A Scenario", 1, "name: must be lower case, digits and -"),
        ("name: a-scenario", "name: a-scenario\nname: b", 2, "name: is said twice"),
        ("maximum: 1,", "maximum: 1, window: per_run,", 8, "limits[0].window: is said twice"),
        ("watched: [steps]", "watched: []", 8, "given.policies[0].limits[0].type: STEPS is not w"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, problem: str
) -> None:
    told = complaints(tmp_path, changed(old, new))
    assert any(at == line and problem in said for at, said in told), told


@pytest.mark.parametrize(
    ("causes", "problem"),
    [
        ("[{}]", "must name exactly one thing that happens"),
        ("[{submit_run: {}, end_run: {}}]", "must name exactly one thing that happens"),
        ("[{submit_run: {}}, {submit_run: {}}]", "run is there already"),
        ("[{take_step: {step: s1}}]", "there is no run yet"),
        ("[{submit_run: {}}, {suspend_policy: {policy: Two}}]", "there is no policy Two"),
        ("[{submit_run: {}}, {until: {activity: {rum: {}}}}]", "did you mean run?"),
    ],
)
def test_causes_that_cannot_happen_are_refused(tmp_path: Path, causes: str, problem: str) -> None:
    text = f"name: a\ndescription: b\ncauses: {causes}\neffects: []\n"
    assert any(problem in said for _, said in complaints(tmp_path, text))


def test_an_effect_of_a_run_needs_a_run_and_one_of_the_tenant_does_not(tmp_path: Path) -> None:
    text = (
        "name: a\ndescription: b\ncauses: [{move_switch: {to: disabled}}]\n"
        "effects: [{activity: {run: {}}, policies: {switch: {state_in_force: disabled}}}]\n"
    )
    assert [said for _, said in complaints(tmp_path, text)] == [
        "effects[0].activity.run: is of a run, and none was submitted"
    ]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_scenario_is_sound_and_called_like_its_file(path: Path) -> None:
    (scenario,) = sound_scenarios([path])
    assert scenario.name == path.stem
    assert scenario.effects


def test_the_shipped_scenarios_use_every_cause_there_is() -> None:
    used = {
        name
        for scenario in sound_scenarios(SHIPPED)
        for cause in scenario.causes
        for name, _ in cause.named
    }
    assert used == CAUSES.keys() | {"until"}


def test_every_cause_that_can_be_written_can_happen() -> None:
    written_down = {field.name for field in dataclasses.fields(Cause)} - {"until", "refused"}
    assert written_down == CAUSES.keys()


def test_causes_have_no_credential_but_those_of_a_tenant() -> None:
    """Only what the plane lets anybody call can then be called: no effect can be written."""
    sources = (ROOT / "aosctl" / "scenario").glob("*.py")
    assert [path.name for path in sources if "as_operator" in path.read_text()] == []


def test_what_is_given_says_nothing_that_was_not_asked_for() -> None:
    assert Given() == Given(profile="", guardrails=True, policies=())


def test_lint_says_file_and_line_and_fails(tmp_path: Path) -> None:
    path = written(tmp_path, changed("step: s2 }", "stop: s2 }"))
    answer = aos("lint", str(path))
    assert answer.returncode == 1
    assert f"{path}:13: causes[2].take_step.stop: is not known here" in answer.stdout
    assert aos("lint", *map(str, SHIPPED)).returncode == 0


def test_a_file_that_is_wrong_is_not_played(tmp_path: Path) -> None:
    path = written(tmp_path, changed("count: 1", "number: 1"))
    with pytest.raises(OperatorError, match=r"scenario\.yaml:20: "):
        sound_scenarios([path])


def test_list_says_what_the_scenarios_show() -> None:
    answer = aos("list")
    assert answer.returncode == 0
    for path in SHIPPED:
        assert f"\n{path.stem} " in f"\n{answer.stdout}"


@pytest.mark.parametrize("command", ["run", "list", "lint"])
def test_every_command_has_a_help_with_examples(command: str) -> None:
    assert f"Examples:\n    aos scenario {command}" in aos(command, "--help").stdout
