"""What the hot path writes by hand is, byte by byte, what the writers for everything write."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aos.policies.v1 import admission_service_pb2, decision_pb2
from kernel.errors import NotFound
from kernel.identifiers import new_id
from services.policies.api import decision_messages
from services.policies.api.decision_messages import refusal_of, to_answer
from services.policies.domain.counting import CounterKey, StepKind
from services.policies.domain.decision import ContentFinding, Facts, Fault
from services.policies.domain.errors import GateNotFound
from services.policies.domain.governance import GovernanceState
from services.policies.domain.reservation import Hold, Reservation
from services.policies.store.rows import holds_text
from services.policies.usecases.decision_inputs import (
    inputs_of,
    is_plain,
    plain_inputs,
    written_inputs,
)

NOW = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
amounts = st.integers(min_value=0, max_value=2**63 - 1)


def decision(step_id: str) -> decision_pb2.Decision:
    return decision_pb2.Decision(decision_id=new_id("dec"), step_id=step_id, gate_epoch=7)


answers = st.one_of(
    st.builds(decision, st.text(max_size=40)),
    st.builds(decision, st.integers(min_value=100, max_value=40_000).map("x".__mul__)),
    st.just(GateNotFound.of("run_01m7w9afgam8qkg8v3xctxpdaw")),
)


def admission(answer: object) -> decision_pb2.Admission:
    if isinstance(answer, Exception):
        return decision_pb2.Admission(refusal=refusal_of(answer))
    assert isinstance(answer, decision_pb2.Decision)
    return decision_pb2.Admission(decision=answer)


def by_hand(given_answers: list[object]) -> bytes:
    return to_answer(
        [
            answer.SerializeToString() if isinstance(answer, decision_pb2.Decision) else answer  # type: ignore[misc]
            for answer in given_answers
        ]
    )


@given(st.lists(answers, max_size=5))
def test_an_answer_is_what_the_messages_would_have_been(given_answers: list[object]) -> None:
    admissions = [admission(answer) for answer in given_answers]
    for kind in (
        admission_service_pb2.AdmitStepsResponse,
        admission_service_pb2.AdmitStepsStreamResponse,
    ):
        assert by_hand(given_answers) == kind(admissions=admissions).SerializeToString()


def test_mutant_a_length_of_one_byte_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        decision_messages, "_embedded", lambda tag, body: tag + bytes((len(body) & 0x7F,)) + body
    )
    long = decision("x" * 200)
    right = admission_service_pb2.AdmitStepsResponse(admissions=[admission(long)])
    assert by_hand([long]) != right.SerializeToString()


def test_what_is_not_ours_to_tell_is_raised_and_not_written() -> None:
    with pytest.raises(ZeroDivisionError):
        to_answer([ZeroDivisionError()])
    assert isinstance(GateNotFound.of("x"), NotFound)


@given(
    kind=st.sampled_from(StepKind), given_tokens=amounts, received=amounts, cost=amounts,
    used=st.lists(amounts, max_size=6),
)  # fmt: skip
def test_plain_inputs_are_what_the_writer_for_all_inputs_writes(
    kind: StepKind, given_tokens: int, received: int, cost: int, used: list[int]
) -> None:
    facts = Facts(kind=kind, input_tokens=given_tokens, output_tokens=received, cost_micro_usd=cost)
    whole = inputs_of(facts, used, {}, GovernanceState.ACTIVE, {})
    assert is_plain(facts)
    plain = plain_inputs(facts, used, "snp_01m7w9afgam8qkg8v3xctxpdaw")
    assert plain == written_inputs(whole, "snp_01m7w9afgam8qkg8v3xctxpdaw")


@pytest.mark.parametrize(
    "more",
    [
        {"plane_id": 'a "plane"'},
        {"content": (ContentFinding(policy_id="p", rule_name="r", detail="PII"),)},
        {"faults": (Fault("p", "TIMEOUT"),)},
    ],
)
def test_facts_that_say_more_are_not_plain(more: dict[str, object]) -> None:
    assert not is_plain(Facts(kind=StepKind.OTHER, **more))  # type: ignore[arg-type]


holds = st.builds(
    Hold, st.text(max_size=30), amounts, amounts, st.integers(min_value=0, max_value=7)
)


@given(st.lists(holds, max_size=6))
def test_holds_are_written_as_json(some: list[Hold]) -> None:
    reservation = Reservation(
        tenant_id="t", run_id="r", step_id="s", kind=StepKind.OTHER,
        holds=tuple(some), expires_at=NOW,
    )  # fmt: skip
    assert holds_text(reservation) == json.dumps(some, separators=(",", ":"))


def test_only_what_is_reserved_may_be_kept_without_the_rest() -> None:
    counter = CounterKey(
        id="c", tenant_id="t", policy_id="p", limit_name="l", window_seconds=0, shared=True
    ).fresh(NOW)
    slice_at = counter.reserve(10)
    assert counter.changed
    assert not counter.unusual
    counter.settle(10, 7, slice_at)
    assert counter.unusual
