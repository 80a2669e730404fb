"""What the client makes of what it hears of a run, in whatever order it hears it."""

import pytest

from aos_sdk import Action, Directive, GateState, OnUnreachable, PlaneUnreachable, RunEnded
from aos_sdk._contract import session_service_pb2
from aos_sdk._held_run import HeldRun
from aos_sdk.testing import FakeClock

RUN = "run_00000000000000000000000001"


class StepUnderWay:
    def __init__(self) -> None:
        self.broken_off: list[str] = []

    def break_off(self, error: Exception) -> None:
        self.broken_off.append(type(error).__name__)


def held(state: str = "OPEN", epoch: int = 1) -> session_service_pb2.RunHeld:
    message = session_service_pb2.RunHeld(on_unreachable="FAILURE_MODE_FAIL_CLOSED")
    message.run.run.id = RUN
    message.run.gate.epoch = epoch
    message.run.gate.state = f"GATE_STATE_{state}"
    return message


def decided(action: str, epoch: int) -> session_service_pb2.StepDecided:
    message = session_service_pb2.StepDecided()
    message.decision.action = f"ACTION_{action}"
    message.decision.gate_epoch = epoch
    return message


def permit(epoch: int, seconds: int = 5) -> session_service_pb2.Permit:
    message = session_service_pb2.Permit(run_id=RUN, epoch=epoch)
    message.valid_for.FromSeconds(seconds)
    return message


def directive(state: GateState, epoch: int) -> Directive:
    return Directive(run_id=RUN, state=state, epoch=epoch)


@pytest.fixture
def run(clock: FakeClock) -> HeldRun:
    run = HeldRun(clock=clock, permit_for=5.0)
    run.held(held(), asked=clock.monotonic())
    return run


def test_a_permit_counts_from_before_it_was_asked_for(run: HeldRun, clock: FakeClock) -> None:
    asked = clock.monotonic()
    clock.advance(4)
    run.permitted(permit(1), asked=asked)
    assert not run.permit_is_over
    clock.advance(1)
    assert run.permit_is_over
    assert run.is_cut_off


def test_an_earlier_permit_never_shortens_a_later_one(run: HeldRun, clock: FakeClock) -> None:
    earlier = clock.monotonic()
    clock.advance(3)
    run.permitted(permit(1), asked=clock.monotonic())
    run.permitted(permit(1), asked=earlier)
    assert run.permit_until == clock.monotonic() + 5


def test_a_permit_of_an_earlier_epoch_says_nothing(run: HeldRun, clock: FakeClock) -> None:
    run.directed(directive(GateState.PAUSED, 2))
    until = run.permit_until
    clock.advance(1)
    for epoch in (1, 2):
        run.permitted(permit(epoch), asked=clock.monotonic())
    assert (run.state, run.permit_until) == (GateState.PAUSED, until)


def test_a_permit_of_a_later_epoch_ends_a_pause_whose_end_was_not_heard(run: HeldRun) -> None:
    run.directed(directive(GateState.PAUSED, 2))
    run.permitted(permit(3), asked=0.0)
    assert run.is_open


def test_an_open_run_is_never_cut_off(run: HeldRun, clock: FakeClock) -> None:
    run.on_unreachable = OnUnreachable.FAIL_OPEN
    clock.advance(60)
    assert run.permit_is_over
    assert not run.is_cut_off


@pytest.mark.parametrize("late", [GateState.OPEN, GateState.PAUSED, GateState.STOPPED])
def test_nothing_revives_a_killed_run(run: HeldRun, late: GateState) -> None:
    run.directed(directive(GateState.KILLED, 2))
    run.directed(directive(late, 3))
    run.permitted(permit(4), asked=0.0)
    run.held(held("OPEN", 5), asked=0.0)
    assert run.state is GateState.KILLED


def test_a_stopped_run_may_still_be_killed(run: HeldRun) -> None:
    step = StepUnderWay()
    run.began(step)
    run.directed(directive(GateState.STOPPED, 2))
    assert step.broken_off == []
    run.directed(directive(GateState.KILLED, 3))
    assert step.broken_off == ["RunKilled"]


def test_an_earlier_directive_that_comes_later_is_not_followed(run: HeldRun) -> None:
    run.directed(directive(GateState.OPEN, 3))
    run.directed(directive(GateState.PAUSED, 2))
    assert run.is_open


def test_the_resume_may_be_heard_before_the_decision_that_paused(run: HeldRun) -> None:
    run.directed(directive(GateState.PAUSED, 2))
    run.directed(directive(GateState.OPEN, 3))
    run.decided(decided("PAUSE", 1), asked=0.0)
    assert run.is_open


def test_the_stop_may_be_heard_before_the_decision_that_explains_it(run: HeldRun) -> None:
    run.directed(directive(GateState.STOPPED, 2))
    run.decided(decided("STOP", 1), asked=0.0)
    refused = run.halt()
    assert refused.decision is not None
    assert refused.decision.action is Action.STOP


def test_leave_that_was_given_before_the_gate_moved_does_not_count(run: HeldRun) -> None:
    said = run.decided(decided("CONTINUE", 1), asked=0.0)
    assert run.covers(said)
    run.directed(directive(GateState.PAUSED, 2))
    assert not run.covers(said)


def test_whoever_finds_an_action_or_a_state_that_is_not_set_stops(clock: FakeClock) -> None:
    run = HeldRun(clock=clock, permit_for=5.0)
    run.held(held("UNSPECIFIED"), asked=0.0)
    assert run.state is GateState.STOPPED
    other = HeldRun(clock=clock, permit_for=5.0)
    other.held(held(), asked=0.0)
    said = other.decided(decided("UNSPECIFIED", 1), asked=0.0)
    assert said.action is Action.STOP
    assert other.is_halted


def test_a_directive_is_obeyed_once_nothing_is_under_way(run: HeldRun) -> None:
    step = StepUnderWay()
    run.began(step)
    run.directed(directive(GateState.STOPPED, 2))
    assert run.obeyed() is None
    run.finished(step)
    assert run.obeyed() == 2
    assert run.obeyed() is None


def test_a_run_that_is_taken_up_again_by_a_plane_that_says_little_stays_as_it_was(
    run: HeldRun,
) -> None:
    message = session_service_pb2.RunHeld()
    message.run.run.id = RUN
    run.held(message, asked=0.0)
    assert run.is_open
    assert run.on_unreachable is OnUnreachable.FAIL_CLOSED


def test_a_run_that_may_not_be_held_any_more_is_over(run: HeldRun) -> None:
    step = StepUnderWay()
    run.began(step)
    run.ended("Another session executes the run.")
    assert step.broken_off == ["RunEnded"]
    with pytest.raises(RunEnded, match="Another session"):
        run.refuse_if_halted()


def test_a_question_may_take_as_long_as_a_permit_while_the_stream_is_up(
    run: HeldRun, clock: FakeClock
) -> None:
    clock.advance(60)
    assert run.answer_due(clock.monotonic()) == clock.monotonic() + 5
    run.connected = False
    assert run.answer_due(clock.monotonic()) == run.permit_until < clock.monotonic()
    assert PlaneUnreachable("m").retryable
