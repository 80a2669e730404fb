"""What was expected of a message and what was seen instead, in the names of its contract."""

from typing import Any

import pytest

from aos.activity.v1 import run_pb2, trace_pb2
from aos.incidents.v1 import alert_pb2, finding_pb2
from aos.policies.v1 import decision_pb2, policy_pb2
from aosctl.scenario.matching import differences, impossible, shown

RUN = run_pb2.Run(
    id="run_1",
    status=run_pb2.RUN_STATUS_FAILED_POLICY,
    incident_count=1,
    policy_violation=True,
    violation_policy_id="pol_1",
    goal="Summarise Monday.",
)
DECISION = decision_pb2.Decision(
    step_id="s1",
    action=policy_pb2.ACTION_STOP,
    winner=decision_pb2.Finding(policy_id="pol_1", value=12),
    others=[decision_pb2.Finding(policy_id="pol_2", set_aside="SHADOW")],
)
NAMES = {"Budget": "pol_1"}


def told(message: Any, **expected: Any) -> list[str]:
    assert list(impossible(message.DESCRIPTOR, expected, "")) == []
    return list(differences(message, expected, NAMES))


@pytest.mark.parametrize(
    "expected",
    [
        {"status": "failed_policy", "incident_count": 1, "policy_violation": True},
        {"violation_policy_id": {"policy": "Budget"}},
        {"goal": {"contains": "Monday"}, "id": {"is_set": True}, "session_id": {"is_set": False}},
        {"incident_count": {"at_least": 1, "at_most": 1}},
        {"complete_time": {"is_set": False}, "stopped_at_step": {"is_set": False}},
    ],
)
def test_what_is_as_expected_says_nothing(expected: dict[str, Any]) -> None:
    assert told(RUN, **expected) == []


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ({"status": "succeeded"}, "status is FAILED_POLICY, expected succeeded"),
        ({"incident_count": 0}, "incident_count is 1, expected 0"),
        ({"incident_count": {"at_least": 2}}, "incident_count is 1, expected at least 2"),
        ({"session_id": "x"}, "session_id is empty, expected x"),
        ({"violation_policy_id": {"policy": "Other"}}, "is pol_1, expected policy Other"),
        ({"goal": {"contains": "Tuesday"}}, "expected contains Tuesday"),
        ({"stopped_at_step": 0}, "stopped_at_step is not set, expected 0"),
        ({"complete_time": {"is_set": True}}, "expected is set"),
    ],
)
def test_what_is_not_says_what_was_seen_instead(expected: dict[str, Any], said: str) -> None:
    (difference,) = told(RUN, **expected)
    assert said in difference


def test_messages_within_messages_are_compared_as_far_as_they_are_spoken_of() -> None:
    assert told(DECISION, winner={"value": 12}, others=[{"set_aside": "SHADOW"}]) == []
    assert told(DECISION, winner={"value": 3}) == ["winner.value is 12, expected 3"]
    (difference,) = told(DECISION, others=[{"set_aside": "OVERRIDDEN"}])
    assert difference == (
        "others is {set_aside SHADOW}, expected {'set_aside': 'OVERRIDDEN'} among them"
    )


def test_lists_of_names_are_compared_by_name() -> None:
    alert = alert_pb2.Alert(channels=[alert_pb2.ALERT_CHANNEL_UI])
    assert told(alert, channels=["ui"]) == []
    assert told(alert, channels=["email"]) == ["channels is UI, expected email among them"]


@pytest.mark.parametrize(
    ("kind", "expected", "place"),
    [
        (run_pb2.Run, {"stats": "x"}, "stats"),
        (run_pb2.Run, {"status": "exploded"}, "status"),
        (run_pb2.Run, {"incident_count": "1"}, "incident_count"),
        (run_pb2.Run, {"incident_count": True}, "incident_count"),
        (run_pb2.Run, {"policy_violation": 1}, "policy_violation"),
        (run_pb2.Run, {"goal": 7}, "goal"),
        (run_pb2.Run, {"scope": {"policy_id": []}}, "scope.policy_id"),
        (run_pb2.Run, {"goal": {"at_least": "x"}}, "goal.at_least"),
        (trace_pb2.RecordedStep, {"step": {"step": 1}}, "step.step"),
        (decision_pb2.Decision, {"others": {}}, "others"),
        (decision_pb2.Decision, {"others": [{"x": 1}]}, "others[0].x"),
        (finding_pb2.Finding, {"confidence": "sure"}, "confidence"),
        (run_pb2.Run, ["status"], ""),
    ],
)
def test_what_no_message_could_be_is_told_beforehand(kind: Any, expected: Any, place: str) -> None:
    (problem,) = impossible(kind.DESCRIPTOR, expected, "")
    assert problem.place == place


def test_a_message_is_shown_as_far_as_something_was_expected_of_it() -> None:
    assert shown(RUN, {"status": "x", "incident_count": 1}) == (
        "{status FAILED_POLICY, incident_count 1}"
    )
    assert shown(DECISION, {"winner": {"value": 1}}) == "{winner {value 12}}"
