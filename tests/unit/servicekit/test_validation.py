"""What Postgres and Python cannot hold is a violation of a field, never an error of ours."""

import pytest

from aos.activity.v1 import run_pb2, run_service_pb2
from aos.policies.v1 import decision_pb2
from aos.system.v1 import status_pb2
from kernel.errors import InvalidField, InvalidRequest, MessageTooLarge
from servicekit.interceptors.validation import (
    Received,
    Undecodable,
    decoder,
    validate,
    validated,
)

GOOD = {
    "request_id": "6c6a8a3e-6d53-4b5c-9a39-0f3d3a3f1c11",
    "agent_id": "agt_01m7w9afgam8qkg8v3xctxpdaw",
    "goal": "anything",
    "source": run_pb2.RUN_SOURCE_EXTERNAL,
}


def violations(message: object) -> set[str]:
    with pytest.raises(InvalidField) as error:
        validate(message)
    return {item.field for item in error.value.violations}


def test_a_good_request_passes() -> None:
    validate(run_service_pb2.CreateRunRequest(**GOOD))


def test_every_field_that_breaks_its_rule_is_named() -> None:
    assert violations(run_service_pb2.CreateRunRequest()) == {
        "request_id",
        "agent_id",
        "goal",
        "source",
    }


def test_nested_and_repeated_fields_are_named_by_their_path() -> None:
    asked = run_service_pb2.ListRunsRequest(filter=run_pb2.RunFilter(statuses=[1, 0], agent_id="x"))
    assert violations(asked) == {"filter.statuses[1]", "filter.agent_id"}


def test_nul_characters_are_found_at_any_depth() -> None:
    asked = run_service_pb2.ListRunsRequest(filter=run_pb2.RunFilter(agent_id="a\0"))
    assert violations(asked) == {"filter.agent_id"}
    assert violations(status_pb2.ServiceStatus(checks=[{"name": "ok"}, {"name": "\0"}])) == {
        "checks[1].name"
    }


@pytest.mark.parametrize(
    ("seconds", "nanos"), [(253_402_300_800, 0), (-62_135_596_801, 0), (0, -1), (0, 10**9)]
)
def test_a_time_outside_the_calendar_is_a_violation(seconds: int, nanos: int) -> None:
    asked = run_service_pb2.ListRunsRequest()
    asked.filter.created_from.seconds = seconds
    asked.filter.created_from.nanos = nanos
    assert violations(asked) == {"filter.created_from"}


def test_bytes_that_cannot_be_taken_in_say_why() -> None:
    decode = decoder(run_service_pb2.GetRunRequest.FromString, maximum_bytes=100)
    assert decode(b"") == Received(run_service_pb2.GetRunRequest(), has_zero=False)
    for data, kind in ((b"\xff\xff", InvalidRequest), (b"x" * 101, MessageTooLarge)):
        refused = decode(data)
        assert isinstance(refused, Undecodable)
        with pytest.raises(kind):
            validated(refused)


def test_a_nul_is_found_in_what_arrives() -> None:
    asked = run_service_pb2.ListRunsRequest(filter=run_pb2.RunFilter(agent_id="a\0"))
    decode = decoder(run_service_pb2.ListRunsRequest.FromString, maximum_bytes=100)
    with pytest.raises(InvalidField):
        validated(decode(asked.SerializeToString()))


def test_mutant_who_trusts_that_there_is_no_zero_overlooks_a_nul() -> None:
    asked = decision_pb2.Finding(detail="\0")
    assert violations(asked) == {"detail"}
    validate(asked, has_zero=False)


def test_a_time_outside_the_calendar_is_found_without_any_zero_byte() -> None:
    asked = run_service_pb2.ListRunsRequest()
    asked.filter.created_from.seconds = 253_402_300_800
    with pytest.raises(InvalidField):
        validate(asked, has_zero=False)


def test_a_message_with_a_thousand_faults_gets_no_thousand_answers() -> None:
    asked = run_service_pb2.ListRunsRequest(filter=run_pb2.RunFilter(statuses=[0] * 1000))
    assert len(violations(asked)) <= 50
