"""What the client knows of a run that it holds: gate, permit, directives, steps under way."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from aos_sdk import _decode
from aos_sdk._clock import Bell, Clock
from aos_sdk._contract import session_service_pb2
from aos_sdk._enums import Action, GateState, OnUnreachable
from aos_sdk._errors import AOSError, PlaneUnreachable, RunEnded, RunKilled, RunStopped, StepRefused
from aos_sdk._values import Decision, Directive

_log = logging.getLogger("aos_sdk")
_HALTS: dict[GateState, type[StepRefused]] = {
    GateState.STOPPED: RunStopped,
    GateState.KILLED: RunKilled,
    GateState.CLOSED: RunEnded,
}
_HALTING = {Action.STOP: GateState.STOPPED, Action.KILL: GateState.KILLED}


class Interruptible(Protocol):
    """A step whose body can be broken off from outside."""

    def break_off(self, error: AOSError) -> None:
        """End the body with this error, as soon as that is possible."""


class HeldRun:
    """One run on a session. Changed by what the plane says, read by whoever takes steps."""

    def __init__(
        self,
        *,
        clock: Clock,
        permit_for: float,
        on_directive: Callable[[Directive], object] | None = None,
    ) -> None:
        self.run_id = ""
        self.state = GateState.OPEN
        self.epoch = -1
        self.why = ""
        self.requires_ack = False
        self.decision: Decision | None = None
        self.start_decision: Decision | None = None
        self.on_unreachable = OnUnreachable.FAIL_CLOSED
        self.under_way: set[Interruptible] = set()
        self.reported: set[asyncio.Future[session_service_pb2.SessionResponse]] = set()
        self.connected = True
        self.permit_for = permit_for
        self.permit_until = clock.monotonic() + permit_for
        self.news = Bell()
        self._on_directive = on_directive
        self._clock = clock
        self._unobeyed: int | None = None

    def held(self, message: session_service_pb2.RunHeld, *, asked: float) -> None:
        """Take note of what the plane says of the run when it is taken up, or taken up again."""
        gate, again = message.run.gate, bool(self.run_id)
        self.run_id = message.run.run.id
        if message.on_unreachable or not again:
            self.on_unreachable = _decode.on_unreachable(message.on_unreachable)
        if message.HasField("start_decision"):
            self.start_decision = _decode.decision(message.start_decision)
        state = _decode.gate_state(gate.state)
        self.requires_ack = gate.awaits_acknowledgement
        if again and gate.state:
            # What was said while we were away is told as if it had been said now.
            self.directed(
                Directive(run_id=self.run_id, state=state, epoch=gate.epoch, reason=gate.reason)
            )
        elif not again:
            self.decision = None if state is GateState.OPEN else self.start_decision
            self._move(state, gate.epoch, gate.reason)
        if message.HasField("permit"):
            self.permitted(message.permit, asked=asked)

    def permitted(self, permit: session_service_pb2.Permit, *, asked: float) -> None:
        """Count a permit from before it was asked for; one of an earlier epoch says nothing.

        A permit is only given while the gate is open, so one of a later epoch also tells a paused
        run that it may go on, should the directive have been lost.
        """
        if permit.epoch < self.epoch or (permit.epoch == self.epoch and not self.is_open):
            return
        if permit.epoch > self.epoch:
            self._move(GateState.OPEN, permit.epoch, "")
        until = asked + permit.valid_for.ToTimedelta().total_seconds()
        self.permit_until = max(self.permit_until, until)
        self.news.ring()

    def decided(self, message: session_service_pb2.StepDecided, *, asked: float) -> Decision:
        """Take note of a decision; what it does to the run counts from now on."""
        said, epoch = _decode.decision(message.decision), message.decision.gate_epoch
        if said.action in {Action.CONTINUE, Action.WARN}:
            if message.HasField("permit"):
                self.permitted(message.permit, asked=asked)
            return said
        wanted = _HALTING.get(said.action, GateState.PAUSED)
        # A decision bears the epoch under which it was made; it closed the gate after that, which a
        # directive may have told us already.
        if epoch >= self.epoch or (wanted is self.state and self.decision is None):
            self.decision, self.requires_ack = said, said.requires_ack
        self._move(wanted, epoch, str(said))
        return said

    def covers(self, decision: Decision) -> bool:
        """Whether leave to take a step still holds: not once the gate has moved on from open."""
        return self.is_open or decision.gate_epoch > self.epoch

    def directed(self, directive: Directive) -> None:
        """Follow a directive, unless a later one is known already."""
        if directive.epoch < self.epoch:
            return
        if directive.state is not self.state:
            self.decision = None
        moved = self._move(directive.state, directive.epoch, directive.reason)
        if directive.state is not GateState.OPEN:
            self._unobeyed = directive.epoch
        if moved:
            self._tell(directive)

    def ended(self, why: str) -> None:
        """Take note that the plane does not let us hold the run any more."""
        self._move(GateState.CLOSED, self.epoch, why)

    def _move(self, state: GateState, epoch: int, why: str) -> bool:
        """Enter a state; say whether it is another one than before."""
        if epoch < self.epoch or self._is_final(state):
            return False
        moved = state is not self.state
        self.state, self.epoch, self.why = state, epoch, why
        if state is GateState.OPEN:
            self.decision, self.requires_ack = None, False
        elif moved:
            ack = " A person must acknowledge before it goes on." if self.requires_ack else ""
            _log.warning("Run %s is %s: %s.%s", self.run_id, state, why or "no reason given", ack)
        if state in {GateState.KILLED, GateState.CLOSED}:
            self.break_off(self.halt())
        self.news.ring()
        return moved

    def _is_final(self, wanted: GateState) -> bool:
        """Nothing revives a run; a stopped one may still be killed."""
        if self.state is GateState.STOPPED:
            return wanted not in {GateState.KILLED, GateState.CLOSED}
        return self.state in {GateState.KILLED, GateState.CLOSED}

    def break_off(self, error: AOSError) -> None:
        """Break off the steps that are under way."""
        for step in tuple(self.under_way):
            step.break_off(error)

    def began(self, step: Interruptible) -> None:
        """Take note that a step is under way."""
        self.under_way.add(step)

    def finished(self, step: Interruptible) -> None:
        """Take note that a step is no longer under way."""
        self.under_way.discard(step)

    def obeyed(self) -> int | None:
        """Epoch of the directive that is obeyed by now and not reported yet, if there is one."""
        if self._unobeyed is None or self.under_way:
            return None
        epoch, self._unobeyed = self._unobeyed, None
        return epoch

    @property
    def is_open(self) -> bool:
        """Whether steps are decided one by one."""
        return self.state is GateState.OPEN

    @property
    def is_halted(self) -> bool:
        """Whether no step will happen any more."""
        return self.state in _HALTS

    @property
    def permit_is_over(self) -> bool:
        """Whether the plane was silent for so long that the run may not go on by itself."""
        return self._clock.monotonic() >= self.permit_until

    @property
    def is_cut_off(self) -> bool:
        """Whether steps must stop because nobody can be asked."""
        closed = self.on_unreachable is OnUnreachable.FAIL_CLOSED
        return closed and self.is_open and self.permit_is_over

    async def guard(self) -> None:
        """Break off what is under way whenever nobody vouches for the run any more."""
        while True:
            if not self.permit_is_over:
                await self._clock.sleep_until(self.permit_until)
                continue
            if self.is_cut_off and self.under_way:
                self.break_off(
                    PlaneUnreachable(
                        f"The permit of run {self.run_id} ran out while it was at work."
                    )
                )
            await self.news.heard()

    def answer_due(self, asked: float) -> float:
        """When somebody who asked is told that the plane does not answer.

        While the stream is up, a question may take as long as a permit lasts, even if the last
        permit ran out while the plane was away.
        """
        if not self.connected:
            return self.permit_until
        return max(self.permit_until, asked + self.permit_for)

    def halt(self) -> StepRefused:
        """What whoever wants to go on is told; a fresh one each time, as each is raised anew."""
        kind = _HALTS.get(self.state, RunStopped)
        why = f": {self.why.rstrip('.')}" if self.why else ""
        return kind(
            f"Run {self.run_id} is {self.state}{why}.",
            run_id=self.run_id,
            decision=self.decision,
            requires_ack=self.requires_ack,
        )

    def refuse_if_halted(self) -> None:
        """Raise what ended the run, if something did."""
        if self.is_halted:
            raise self.halt()

    def _tell(self, directive: Directive) -> None:
        if self._on_directive is None:
            return
        try:
            self._on_directive(directive)
        except Exception:  # noqa: BLE001 - a listener's fault must not end the session
            _log.exception("on_directive of run %s failed.", self.run_id)
