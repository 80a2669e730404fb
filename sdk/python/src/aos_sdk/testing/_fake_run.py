"""A run as a fake plane keeps it, and what may become of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aos_sdk._contract import decision_pb2, policy_pb2, run_pb2, run_service_pb2, trace_pb2
from aos_sdk._enums import Action, GateState, OnUnreachable, RunStatus
from aos_sdk.testing._problems import Problem, new_id
from aos_sdk.testing._rules import Answer, Question

_ENDS = {
    Action.PAUSE: GateState.PAUSED,
    Action.STOP: GateState.STOPPED,
    Action.KILL: GateState.KILLED,
}
_HALTED = frozenset({GateState.STOPPED, GateState.KILLED, GateState.CLOSED})
_STATUSES = {
    run_pb2.OUTCOME_SUCCEEDED: RunStatus.SUCCEEDED,
    run_pb2.OUTCOME_FAILED: RunStatus.FAILED,
    run_pb2.OUTCOME_CANCELLED: RunStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeStep:
    """A recorded step.

    Attributes:
        index: Its place in the trace.
        late: Whether it came after the run was killed or over.
        message: The step as it was reported.
    """

    index: int
    late: bool
    message: trace_pb2.Step

    @property
    def name(self) -> str:
        """Skill, tool or model operation."""
        return self.message.skill_name

    @property
    def step_id(self) -> str:
        """Its name within the run."""
        return self.message.step_id

    @property
    def status(self) -> str:
        """How it ended, such as `SUCCEEDED`."""
        return trace_pb2.StepStatus.Name(self.message.status).removeprefix("STEP_STATUS_")

    @property
    def outcome_code(self) -> str:
        """Code of its outcome."""
        return self.message.outcome_code


@dataclass(slots=True, kw_only=True, eq=False)
class FakeRun:
    """A run as a fake plane keeps it; read it in tests, change it by the plane's methods.

    Attributes:
        request: What it was created with.
        run_id: Its identifier.
        status: Its status.
        state: State of its gate.
        epoch: Epoch of its gate.
        reason: Why the state is what it is.
        steps: Recorded steps, in the order of their index.
        questions: Steps that were asked for, in that order.
        obeyed: Epochs of directives that were reported as obeyed.
        heartbeats: How many signs of life came.
        held_by: Session that executes it.
    """

    request: run_service_pb2.CreateRunRequest
    on_unreachable: OnUnreachable
    run_id: str = field(default_factory=lambda: new_id("run"))
    status: RunStatus = RunStatus.RUNNING
    state: GateState = GateState.OPEN
    epoch: int = 1
    reason: str = ""
    requires_ack: bool = False
    steps: list[FakeStep] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    obeyed: list[int] = field(default_factory=list)
    heartbeats: int = 0
    held_by: str = ""
    completion: run_service_pb2.CompleteRunRequest | None = None
    start_decision: decision_pb2.Decision | None = None
    created: datetime = field(default_factory=lambda: datetime.now(tz=UTC))  # noqa: TID251
    halted: datetime | None = None
    output_json: str = ""
    saga_id: str = field(default_factory=lambda: new_id("sag"))
    _decided: dict[str, tuple[bytes, decision_pb2.Decision]] = field(default_factory=dict)

    @property
    def is_halted(self) -> bool:
        """Whether no step will happen any more."""
        return self.state in _HALTED

    def move(self, state: GateState, reason: str) -> None:
        """Change the gate; nothing revives a run that was stopped or killed.

        Raises:
            Problem: The state does not lead there.
        """
        killable = self.state is GateState.STOPPED and state in {GateState.KILLED, GateState.CLOSED}
        if self.is_halted and not killable and state is not self.state:
            raise Problem(
                "ILLEGAL_GATE_STEP", f"The gate is {self.state}; nothing revives the run."
            )
        if state is self.state:
            return
        self.state, self.reason = state, reason
        self.epoch += 1
        if self.is_halted:
            self.halted = self.halted or datetime.now(tz=UTC)  # noqa: TID251
        self.status = RunStatus.PAUSED if state is GateState.PAUSED else self.status
        if state is GateState.OPEN:
            self.status, self.requires_ack = RunStatus.RUNNING, False

    def decide(
        self, question: Question, wire: bytes, ask: Callable[[Question], Answer]
    ) -> decision_pb2.Decision:
        """Decide a question once; a repetition gets the same answer while it still counts.

        Raises:
            Problem: The same step was asked about with other particulars.
        """
        known = self._decided.get(question.step_id)
        if known and known[0] != wire:
            raise Problem("STEP_ID_REUSED", "The step was asked about before, otherwise.")
        if known and self._still_counts(known[1]):
            return known[1]
        answer = ask(question) if self.state is GateState.OPEN else self._at_the_gate()
        decision = self._decision(question, answer)
        self._decided[question.step_id] = (wire, decision)
        self.questions.append(question)
        if self.state is GateState.OPEN and not answer.lets_step_happen:
            self.move(_ENDS[answer.action], f"policy {answer.policy_id}")
            self.requires_ack = answer.requires_ack
        return decision

    def _at_the_gate(self) -> Answer:
        """What a question is told that comes while the gate is not open."""
        actions = {GateState.PAUSED: Action.PAUSE, GateState.KILLED: Action.KILL}
        action = actions.get(self.state, Action.STOP)
        return Answer(action=action, requires_ack=self.requires_ack)

    def _still_counts(self, decision: decision_pb2.Decision) -> bool:
        """Whether an earlier answer is today's, by the rule of the real plane."""
        let = decision.action in {policy_pb2.ACTION_CONTINUE, policy_pb2.ACTION_WARN}
        return decision.gate_epoch == self.epoch or (let and self.state is GateState.OPEN)

    def decide_start(self, answer: Answer) -> None:
        """Decide whether the run may begin."""
        self.start_decision = self._decision(Question(run_id=self.run_id), answer)
        if not answer.lets_step_happen:
            self.move(_ENDS[answer.action], f"policy {answer.policy_id}")
            self.requires_ack = answer.requires_ack

    def _decision(self, question: Question, answer: Answer) -> decision_pb2.Decision:
        gated = self.state is not GateState.OPEN
        reason = "GATE" if gated else "ALLOWED" if answer.lets_step_happen else "BREACH"
        decision = decision_pb2.Decision(
            decision_id=new_id("dec"),
            run_id=self.run_id,
            step_id=question.step_id,
            action=f"ACTION_{answer.action.upper()}",
            reason=f"DECISION_REASON_{reason}",
            winner=None if gated else answer.winner(),
            requires_ack=answer.requires_ack,
            gate_epoch=self.epoch,
        )
        decision.decide_time.GetCurrentTime()
        return decision

    def record(self, step: trace_pb2.Step) -> FakeStep:
        """Keep a result once.

        Raises:
            Problem: Nobody admitted the step, or it was recorded with other content.
        """
        for known in self.steps:
            if known.step_id == step.step_id:
                if known.message != step:
                    raise Problem("STEP_CONFLICT", "The step is recorded with other content.")
                return known
        if step.step_id not in self._decided:
            raise Problem("STEP_NOT_ADMITTED", f"Nobody admitted the step {step.step_id}.")
        late = self.state in {GateState.KILLED, GateState.CLOSED}
        recorded = FakeStep(index=len(self.steps), late=late, message=step)
        self.steps.append(recorded)
        return recorded

    def complete(self, request: run_service_pb2.CompleteRunRequest) -> run_pb2.Saga:
        """Complete the run once; what its gate says counts more than what is asked for.

        Raises:
            Problem: It is over, and was not to end like this.
        """
        if self.completion is not None and self.completion.outcome != request.outcome:
            raise Problem("RUN_IS_OVER", f"The run {self.run_id} is over.")
        if self.completion is None:
            stopped = self.is_halted
            self.completion = request
            self.status = RunStatus.FAILED_POLICY if stopped else _STATUSES[request.outcome]
            if not stopped:
                self.move(GateState.CLOSED, "completed")
        return run_pb2.Saga(
            id=self.saga_id,
            run_id=self.run_id,
            state=run_pb2.COMPLETION_STATE_RUNNING,
            cause="agent",
        )
