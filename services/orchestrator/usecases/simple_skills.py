"""Skills that reach nobody outside: reshape values, wait, ask a person."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.orchestrator.domain.managed_run import Wait
from services.orchestrator.domain.transformation import transformed
from services.orchestrator.usecases.run_ports import Estimate, ManagedDesk, SkillCall, Used
from services.orchestrator.usecases.session_ports import GateNow


class Transform:
    """Reshapes values between steps."""

    def estimate(self, _arguments: Mapping[str, Any]) -> Estimate:
        """It uses nothing."""
        return Estimate()

    async def __call__(self, call: SkillCall) -> Used:
        """Reshape.

        Raises:
            SkillFailed: the input is not as it was thought to be.
        """
        return Used(output=transformed(call.arguments), params=call.arguments)


class WaitAWhile:
    """Waits until a moment that is on disk, so no restart makes it longer."""

    def estimate(self, _arguments: Mapping[str, Any]) -> Estimate:
        """It uses nothing."""
        return Estimate()

    async def begin(self, call: SkillCall, at: datetime) -> Wait:
        """Begin to wait."""
        until = at + timedelta(seconds=call.arguments["seconds"])
        return Wait(step_id=call.step_id, started_at=at, until=until)

    def over(self, call: SkillCall, wait: Wait, at: datetime, _gate: GateNow) -> Used | None:
        """It is over when the moment has come."""
        assert wait.until is not None
        if at < wait.until:
            return None
        return Used(output={"until": wait.until.isoformat()}, params=call.arguments)


class AskPerson:
    """Holds the run at its gate until a person has looked."""

    def __init__(self, desk: ManagedDesk) -> None:
        self._desk = desk

    def estimate(self, _arguments: Mapping[str, Any]) -> Estimate:
        """It uses nothing."""
        return Estimate()

    async def begin(self, call: SkillCall, at: datetime) -> Wait:
        """Hold the run."""
        epoch = await self._desk.ask_person(call.contract, call.step_id, call.arguments["question"])
        return Wait(step_id=call.step_id, started_at=at, gate_epoch=epoch)

    def over(self, call: SkillCall, wait: Wait, _at: datetime, gate: GateNow) -> Used | None:
        """It is over once the gate was moved on from where we had put it."""
        assert wait.gate_epoch is not None
        if not gate.is_open or gate.epoch <= wait.gate_epoch:
            return None
        said = {"answered_by": gate.changed_by, "comment": gate.reason}
        return Used(output=said, params=call.arguments)
