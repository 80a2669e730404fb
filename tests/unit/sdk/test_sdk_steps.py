"""What is asked before a step, and what is recorded after it."""

import asyncio
import hashlib
import json
from contextlib import suppress
from typing import Any

import pytest

from aos_sdk import (
    Action,
    AOSClient,
    AsyncAOSClient,
    ClientUnusable,
    Decision,
    Invalid,
    RunEnded,
    RunKilled,
    RunStatus,
    RunStopped,
    StepKind,
    StepRefused,
)
from aos_sdk._held_run import HeldRun
from aos_sdk.testing import Answer, FakePlane, Question
from tests.support.waiting import until
from tests.unit.sdk.sdk_waiting import has_asked


def test_a_question_says_all_that_policies_want_to_know(
    plane: FakePlane, client: AOSClient
) -> None:
    with (
        client.run(goal="g", agent=plane.agent_id, conversation="c1") as run,
        run.step(
            "search",
            kind=StepKind.RETRIEVAL,
            estimated_input_tokens=1,
            estimated_output_tokens=2,
            estimated_cost_micro_usd=3,
            content="what is asked",
            plane_id="plane-1",
            step_id="mine",
        ) as step,
    ):
        assert step.step_id == "mine"
    assert plane.last_run.request.session_id == "c1"
    assert plane.last_run.questions == [
        Question(
            run_id=run.run_id,
            step_id="mine",
            name="search",
            kind=StepKind.RETRIEVAL,
            estimated_input_tokens=1,
            estimated_output_tokens=2,
            estimated_cost_micro_usd=3,
            plane_id="plane-1",
            content="what is asked",
        )
    ]


@pytest.mark.parametrize("kind", StepKind)
def test_every_kind_of_step_can_be_asked_for_and_recorded(
    plane: FakePlane, client: AOSClient, kind: StepKind
) -> None:
    with client.run(goal="g", agent=plane.agent_id) as run, run.step("s", kind=kind):
        pass
    assert plane.last_run.steps[0].status == "SUCCEEDED"


def test_a_result_says_what_was_noted(plane: FakePlane, client: AOSClient) -> None:
    with client.run(goal="g", agent=plane.agent_id) as run:
        with run.step("ask", kind="model_call", params={"q": "ä"}) as step:
            step.set_output({"a": [1, None]})
            step.set_usage(input_tokens=7, output_tokens=8, cost_micro_usd=9, model="m-1")
            step.set_outcome("200", category="http")
        # It is on disk when the block is left.
        message = plane.last_run.steps[0].message
    assert json.loads(message.params_json) == {"q": "ä"}
    assert json.loads(message.outcome_json) == {"a": [1, None]}
    assert (message.input_tokens, message.output_tokens, message.cost_micro_usd) == (7, 8, 9)
    assert (message.model, message.outcome_code, message.outcome_category) == ("m-1", "200", "http")


def test_an_exception_is_recorded_by_its_type_and_never_by_its_text(
    plane: FakePlane, client: AOSClient
) -> None:
    class PaymentRefused(Exception):
        pass

    with (
        pytest.raises(PaymentRefused),
        client.run(goal="g", agent=plane.agent_id) as run,
        run.step("pay"),
    ):
        raise PaymentRefused("card 4111 1111 1111 1111")
    step = plane.last_run.steps[0]
    assert (step.status, step.outcome_code) == ("FAILED", "PaymentRefused")
    assert all(b"4111" not in message.SerializeToString() for message in plane.received)
    assert plane.last_run.status is RunStatus.FAILED


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_being_interrupted_cancels_the_run(
    plane: FakePlane, client: AOSClient, error: type[BaseException]
) -> None:
    with (
        pytest.raises(error),
        client.run(goal="g", agent=plane.agent_id) as run,
        run.step("long"),
    ):
        raise error
    assert plane.last_run.steps[0].status == "CANCELLED"
    assert plane.last_run.status is RunStatus.CANCELLED


async def test_being_cancelled_cancels_the_run(
    plane: FakePlane, async_client: AsyncAOSClient
) -> None:
    started = asyncio.Event()

    async def agent() -> None:
        async with (
            async_client.run(goal="g", agent=plane.agent_id) as run,
            run.step("long"),
        ):
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(agent())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert plane.last_run.steps[0].status == "CANCELLED"
    assert plane.last_run.status is RunStatus.CANCELLED


def test_a_warning_lets_the_step_happen_and_says_what_is_near(
    plane: FakePlane, client: AOSClient
) -> None:
    plane.answer("near", Action.WARN, limit="daily_cost", value=96, threshold=100)
    with client.run(goal="g", agent=plane.agent_id) as run:
        with run.step("near") as step:
            (finding,) = step.warnings
        with run.step("far") as other:
            assert other.warnings == ()
    assert (finding.limit, finding.value, finding.threshold) == ("daily_cost", 96, 100)
    assert finding.proximity_percent == 96


@pytest.mark.parametrize(("action", "error"), [("stop", RunStopped), ("kill", RunKilled)])
def test_a_refusal_says_policy_limit_value_threshold_and_what_to_do(
    plane: FakePlane, client: AOSClient, action: str, error: type[StepRefused]
) -> None:
    plane.answer("over", action, limit="steps", value=51, threshold=50)
    with (
        pytest.raises(error) as refused,
        client.run(goal="g", agent=plane.agent_id) as run,
        run.step("over"),
    ):
        pytest.fail("nothing of the body may run")
    assert isinstance(refused.value, StepRefused)
    assert refused.value.decision is not None
    winner = refused.value.decision.winner
    assert winner is not None
    assert (winner.limit, winner.value, winner.threshold) == ("steps", 51, 50)
    assert winner.policy_id in str(refused.value)
    assert "Leave the block" in str(refused.value)
    assert refused.value.metadata == {"run_id": run.run_id}
    assert plane.last_run.steps == []
    assert plane.last_run.status is RunStatus.FAILED_POLICY


def is_taken_although_forbidden(plane: FakePlane, client: AOSClient) -> bool:
    plane.answer("over", Action.STOP)
    taken = []
    with suppress(RunStopped), client.run(goal="g", agent=plane.agent_id) as run, run.step("over"):
        taken.append("over")
    return bool(taken)


def test_nothing_of_a_forbidden_step_happens(plane: FakePlane, client: AOSClient) -> None:
    assert not is_taken_although_forbidden(plane, client)


def test_mutant_that_heeds_no_answer_takes_the_forbidden_step(
    plane: FakePlane, client: AOSClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave = Decision(decision_id="dec_1", action=Action.CONTINUE)
    monkeypatch.setattr(HeldRun, "decided", lambda *_, **__: leave)
    monkeypatch.setattr(HeldRun, "covers", lambda *_: True)
    assert is_taken_although_forbidden(plane, client)


def test_no_step_is_asked_for_after_a_stop(plane: FakePlane, client: AOSClient) -> None:
    plane.answer("over", Action.STOP)
    with client.run(goal="g", agent=plane.agent_id) as run:
        for name in ("over", "next", "next"):
            with pytest.raises(RunStopped):
                run.step(name).__enter__()
        with pytest.raises(RunStopped):
            run.check()
    assert [question.name for question in plane.last_run.questions] == ["over"]
    assert plane.last_run.status is RunStatus.FAILED_POLICY


def test_a_function_may_decide() -> None:
    def decide(question: Question) -> Answer | None:
        if question.estimated_cost_micro_usd > 100:
            return Answer(action=Action.STOP, limit="cost")
        return None

    with FakePlane(decide) as strict, strict.client() as other:
        run = other.run(goal="g", agent=strict.agent_id)
        with pytest.raises(RunStopped), run:
            with run.step("cheap", estimated_cost_micro_usd=100):
                pass
            with run.step("dear", estimated_cost_micro_usd=101):
                pytest.fail("it is too dear")


def test_a_policy_may_stop_a_run_at_its_start(plane: FakePlane, client: AOSClient) -> None:
    plane.answer_start(Action.STOP, limit="daily_cost")
    with pytest.raises(RunStopped) as stopped, client.run(goal="g", agent=plane.agent_id):
        pytest.fail("nothing of the body may run")
    assert stopped.value.decision is not None
    assert plane.last_run.completion is not None


@pytest.mark.parametrize(
    ("particulars", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "s", "kind": "dance"}, "kind"),
        ({"name": "s" * 201}, "name"),
        ({"name": "s", "estimated_cost_micro_usd": -1}, "estimated_cost_micro_usd"),
        ({"name": "s", "content": "a\x00b"}, "content"),
        ({"name": "s", "content": "\ud800"}, "content"),
        ({"name": "s", "step_id": "s" * 65}, "step_id"),
        ({"name": "s", "params": object()}, "params"),
        ({"name": "s", "params": float("nan")}, "params"),
        ({"name": "s", "params": "\ud800"}, "params"),
    ],
)
def test_what_would_break_the_contract_never_leaves(
    plane: FakePlane, client: AOSClient, particulars: dict[str, Any], field: str
) -> None:
    """A malformed message would end the stream that all runs share."""
    with client.run(goal="g", agent=plane.agent_id) as run:
        with pytest.raises(Invalid) as wrong:
            run.step(**particulars)
        assert wrong.value.metadata["field"] == field
        with run.step("s") as step:
            with pytest.raises(Invalid):
                step.set_usage(cost_micro_usd=-1)
            with pytest.raises(Invalid):
                step.set_output({1, 2})
            with pytest.raises(Invalid):
                step.set_outcome("c" * 101)


@pytest.mark.parametrize("wrong", [{"goal": ""}, {"agent": "agt_none"}, {"request_id": "1"}])
def test_a_run_that_breaks_the_contract_is_refused_at_once(
    plane: FakePlane, client: AOSClient, wrong: dict[str, str]
) -> None:
    particulars = {"goal": "g", "agent": plane.agent_id, **wrong}
    with pytest.raises(Invalid):
        client.run(**particulars)  # type: ignore[arg-type]
    assert plane.received == []


def test_more_than_may_be_kept_is_replaced_by_its_size_and_hash(
    plane: FakePlane, client: AOSClient
) -> None:
    text = "x" * 70_000
    with client.run(goal="g", agent=plane.agent_id) as run, run.step("s") as step:
        step.set_output(text)
    kept = json.loads(plane.last_run.steps[0].message.outcome_json)
    digest = hashlib.sha256(json.dumps(text).encode()).hexdigest()
    assert kept == {"left_out_bytes": 70_002, "sha256": digest}


def test_a_step_may_begin_only_within_its_run(plane: FakePlane, client: AOSClient) -> None:
    run = client.run(goal="g", agent=plane.agent_id)
    with pytest.raises(ClientUnusable, match="begins with its block"):
        run.step("s")


def test_the_same_request_id_finds_the_run_that_was_made_with_it(
    plane: FakePlane, client: AOSClient
) -> None:
    request_id = "0b8f4a3e-6c1d-4c56-9a2f-0d7c4b8e1f00"
    made = client.post_goal(agent_id=plane.agent_id, goal="g", request_id=request_id)
    again = client.post_goal(agent_id=plane.agent_id, goal="g", request_id=request_id)
    assert made.run_id == again.run_id
    assert len(plane.runs) == 1


def test_a_run_that_somebody_else_has_ended_ends_quietly(
    plane: FakePlane, client: AOSClient
) -> None:
    with client.run(goal="g", agent=plane.agent_id) as run:
        plane.cancel(run.run_id)
        with pytest.raises(RunEnded):
            while True:
                with run.step("s"):
                    pass
    assert plane.last_run.status is RunStatus.CANCELLED


async def test_what_was_admitted_for_a_step_that_nobody_takes_is_given_back(
    plane: FakePlane, async_client: AsyncAOSClient
) -> None:
    """Otherwise what was reserved for it would count as spent."""
    async with async_client.run(goal="g", agent=plane.agent_id) as run:
        plane.fall_silent()
        entering = asyncio.create_task(run.step("s", step_id="given up").__aenter__())
        await until(lambda: has_asked(async_client, "step"))
        entering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await entering
        plane.speak_again()
        await until(lambda: plane.last_run.steps)
    (step,) = plane.last_run.steps
    assert (step.step_id, step.status, step.outcome_code) == ("given up", "CANCELLED", "not_taken")
