"""What a fake plane decides: by a function of the test, or by simple rules."""

from collections.abc import Callable
from dataclasses import dataclass

from aos_sdk._contract import decision_pb2
from aos_sdk._enums import Action, StepKind, word


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A step that somebody wants to take; for the start of a run, `name` is empty.

    Attributes:
        run_id: Run that wants to take it.
        step_id: Its name within the run.
        name: Skill, tool or model operation.
        kind: What it is.
        estimated_input_tokens: Tokens that will probably go in.
        estimated_output_tokens: Tokens that may at most come out.
        estimated_cost_micro_usd: What it may at most cost.
        plane_id: Knowledge plane that it would use.
        content: Text that it would send.
    """

    run_id: str
    step_id: str = ""
    name: str = ""
    kind: StepKind = StepKind.OTHER
    estimated_input_tokens: int = 0
    estimated_output_tokens: int = 0
    estimated_cost_micro_usd: int = 0
    plane_id: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a fake plane says to a question.

    Attributes:
        action: What is to be done.
        policy_id: Policy that says so.
        limit: Limit that is passed or near; empty when none is.
        value: What it would stand at.
        threshold: The most that it allows.
        requires_ack: Whether a person must acknowledge before the run goes on.
    """

    action: Action = Action.CONTINUE
    policy_id: str = "pol_00000000000000000000000001"
    limit: str = ""
    value: int = 0
    threshold: int = 0
    requires_ack: bool = False

    @property
    def lets_step_happen(self) -> bool:
        """Whether the step may be taken."""
        return self.action in {Action.CONTINUE, Action.WARN}

    def winner(self) -> decision_pb2.Finding | None:
        """What decided, as the contract says it."""
        if self.action is Action.CONTINUE and not self.limit:
            return None
        percent = self.value * 100 // self.threshold if self.threshold else 0
        return decision_pb2.Finding(
            policy_id=self.policy_id,
            policy_version=1,
            limit_name=self.limit,
            breach=not self.lets_step_happen,
            value=self.value,
            threshold=self.threshold,
            proximity_percent=percent,
            action=f"ACTION_{self.action.upper()}",
        )


Decide = Callable[[Question], Answer | Action | None]


class Rules:
    """Answers by name of the step, or by a function that is asked for everything else."""

    def __init__(self, decide: Decide | None) -> None:
        self.decide = decide
        self._by_name: dict[str, list[Answer]] = {}

    def add(self, name: str, answer: Answer) -> None:
        """Give this answer from now on; several for one name are given one after the other."""
        self._by_name.setdefault(name, []).append(answer)

    def answer(self, question: Question) -> Answer:
        """Decide; the last answer of a name is given again and again."""
        scripted = self._by_name.get(question.name)
        if scripted:
            return scripted.pop(0) if len(scripted) > 1 else scripted[0]
        said = self.decide(question) if self.decide else None
        return said if isinstance(said, Answer) else Answer(action=said or Action.CONTINUE)


def as_question(message: decision_pb2.StepQuestion) -> Question:
    """Read a question of the contract."""
    kind = word(message.kind, decision_pb2.StepKind, StepKind, otherwise=StepKind.OTHER)
    return Question(
        run_id=message.run_id,
        step_id=message.step_id,
        name=message.skill_name,
        kind=kind,
        estimated_input_tokens=message.estimated_input_tokens,
        estimated_output_tokens=message.estimated_output_tokens,
        estimated_cost_micro_usd=message.estimated_cost_micro_usd,
        plane_id=message.plane_id,
        content=message.content,
    )
