"""What is noted of a step: the question before it, the result after it."""

import hashlib
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from aos_sdk._checks import MOST_TOKENS, check_number, check_text, invalid
from aos_sdk._contract import decision_pb2, session_service_pb2, trace_pb2
from aos_sdk._enums import StepKind

MOST_BYTES = 65_536
_ASKED_AS = {
    StepKind.MODEL_CALL: "MODEL_CALL",
    StepKind.EMBEDDING: "MODEL_CALL",
    StepKind.TOOL_CALL: "TOOL_CALL",
    StepKind.RETRIEVAL: "RETRIEVAL",
    StepKind.DATABASE_QUERY: "DATABASE_QUERY",
}
_RECORDED_AS = {
    StepKind.MODEL_CALL: "LLM_CALL",
    StepKind.DATABASE_QUERY: "TOOL_CALL",
}


@dataclass(slots=True, kw_only=True)
class Plans:
    """What somebody wants to do, as far as policies want to know.

    Attributes:
        name: Skill, tool or model operation.
        kind: What it is.
        estimated_input_tokens: Tokens that will probably go in.
        estimated_output_tokens: Tokens that may at most come out.
        estimated_cost_micro_usd: What it may at most cost, in millionths of a US dollar.
        content: Text that it would send, for content rules; nothing of it is kept.
        plane_id: Knowledge plane that it would use.
        step_id: Its name within the run, so that it can be asked for again after a failure.
    """

    name: str
    kind: StepKind
    estimated_input_tokens: int = 0
    estimated_output_tokens: int = 0
    estimated_cost_micro_usd: int = 0
    content: str = ""
    plane_id: str = ""
    step_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        check_text(self.name, "name", least=1, most=200)
        check_text(self.step_id, "step_id", least=1, most=64)
        check_text(self.content, "content", most=262_144)
        check_text(self.plane_id, "plane_id", most=64)
        check_number(self.estimated_input_tokens, "estimated_input_tokens")
        check_number(self.estimated_output_tokens, "estimated_output_tokens")
        check_number(self.estimated_cost_micro_usd, "estimated_cost_micro_usd")

    def question(self, run_id: str) -> session_service_pb2.StepIntent:
        """Ask whether the step may happen."""
        kind = f"STEP_KIND_{_ASKED_AS.get(self.kind, 'OTHER')}"
        question = decision_pb2.StepQuestion(
            run_id=run_id,
            step_id=self.step_id,
            kind=kind,
            estimated_input_tokens=self.estimated_input_tokens,
            estimated_output_tokens=self.estimated_output_tokens,
            estimated_cost_micro_usd=self.estimated_cost_micro_usd,
            plane_id=self.plane_id,
            content=self.content,
            skill_name=self.name,
        )
        return session_service_pb2.StepIntent(question=question)


class Notes:
    """What the body of a step says of itself; used by whoever executes it.

    ```python
    with run.step("search", kind="tool_call") as step:
        step.set_params({"query": "minutes of Monday"})
        step.set_output(search("minutes of Monday"))
        step.set_usage(cost_micro_usd=1200)
    ```
    """

    def __init__(self) -> None:
        self._params = ""
        self._output = ""
        self._model = ""
        self._usage = (0, 0, 0)
        self._outcome = ("", "")
        self._began = time.time_ns()

    def set_params(self, params: Any) -> None:
        """Note what the step was given, any JSON value.

        What the policies of the run do not allow to be kept is not kept; its hash always is. More
        than 64 KiB is replaced by its size and hash.

        Raises:
            Invalid: It is no JSON value.
        """
        self._params = as_json(params, "params")

    def set_output(self, output: Any) -> None:
        """Note what came out of the step; the same rules hold as for `set_params`.

        Raises:
            Invalid: It is no JSON value.
        """
        self._output = as_json(output, "output")

    def set_usage(
        self,
        *,
        input_tokens: int = 0,
        output_tokens: int = 0,
        cost_micro_usd: int = 0,
        model: str = "",
    ) -> None:
        """Note what the step has really used; budgets are settled with it.

        Args:
            input_tokens: Tokens given to the model.
            output_tokens: Tokens received from it.
            cost_micro_usd: Cost in millionths of a US dollar.
            model: Model that was called.

        Raises:
            Invalid: A figure is below zero or beyond reason.
        """
        self._usage = (
            check_number(input_tokens, "input_tokens", most=MOST_TOKENS),
            check_number(output_tokens, "output_tokens", most=MOST_TOKENS),
            check_number(cost_micro_usd, "cost_micro_usd"),
        )
        check_text(model, "model", most=200)
        self._model = model or self._model

    def set_outcome(self, code: str, *, category: str = "") -> None:
        """Note a code of the outcome, such as an HTTP status, and what kind of outcome it is.

        Raises:
            Invalid: One of them is too long.
        """
        check_text(category, "category", most=100)
        self._outcome = (category, check_text(code, "code", most=100))

    def _begin(self) -> None:
        self._began = time.time_ns()

    def _result(self, plans: Plans, *, status: str, code: str, seconds: float) -> trace_pb2.Step:
        """The step as it is recorded; an exception is noted by its type, never by its text."""
        category, noted = self._outcome
        step = trace_pb2.Step(
            duration_ms=round(seconds * 1000),
            kind=f"STEP_KIND_{_RECORDED_AS.get(plans.kind, plans.kind.upper())}",
            skill_name=plans.name,
            status=f"STEP_STATUS_{status}",
            outcome_category=category or ("exception" if code else ""),
            outcome_code=noted or code[:100],
            model=self._model,
            input_tokens=self._usage[0],
            output_tokens=self._usage[1],
            cost_micro_usd=self._usage[2],
            params_json=self._params,
            outcome_json=self._output,
            step_id=plans.step_id,
        )
        step.start_time.FromNanoseconds(self._began)
        return step


def as_json(value: Any, name: str) -> str:
    """Write a JSON value; one that is too long is named by size and hash instead.

    Raises:
        Invalid: It is no JSON value.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        data = text.encode()
    except (TypeError, ValueError) as error:
        raise invalid(name, f"must be a JSON value ({type(error).__name__})") from None
    if len(data) <= MOST_BYTES:
        return text
    digest = hashlib.sha256(data).hexdigest()
    return json.dumps({"left_out_bytes": len(data), "sha256": digest})
