"""`decide()` alone: what a hundred rules cost, and that the other policies cost nothing."""

import time
from collections.abc import Callable
from statistics import median

from bench.context import Context, say
from bench.governed_samples import policies_of
from bench.load import FULL
from bench.registry import Measurement
from bench.row import Row, at_most, times_at_most
from services.policies.domain.counting import StepKind
from services.policies.domain.decide import decide
from services.policies.domain.decision import Facts
from services.policies.domain.policy_body import BindAt
from services.policies.domain.program import compiled

RULES = 100
FEW, MANY = 10, 10_000
_FACTS = Facts(kind=StepKind.MODEL_CALL, input_tokens=900, output_tokens=300, cost_micro_usd=1_200)


async def measure(context: Context) -> list[Row]:
    rounds = 20_000 if context.pace is FULL else 200
    of_a_few, of_many = _deciding(FEW), _deciding(MANY)
    # In turns, so that what else this machine does falls on both.
    few, many = [], []
    for _ in range(5):
        few.append(_p50(of_a_few, rounds // 5))
        many.append(_p50(of_many, rounds // 5))
    fast, slow = median(few), median(many)
    say(f"  decide, {RULES} rules: p50 {fast:.2f} µs of {FEW} policies, {slow:.2f} µs of {MANY:,}")
    return [
        Row(
            id="P-3a",
            what=f"decide(), {RULES} applicable rules, p50",
            value=slow,
            unit="µs",
            goal=at_most(20),
        ),
        Row(
            id="P-3b",
            what=f"the same with {MANY:,} policies in the tenant, beside {FEW}",
            value=slow,
            unit="µs",
            baseline=fast,
            goal=times_at_most(1.2),
        ),
    ]


def _deciding(others: int) -> Callable[[], object]:
    """Deciding a step of a run to which a hundred rules apply, in a tenant with other policies."""
    applicable, rest = policies_of(rules=RULES, others=others)
    program = compiled(applicable, content_hash="measured")
    table, amounts = program.at[BindAt.EACH_STEP], _FACTS.amounts
    used = list(range(RULES))

    def deciding() -> object:
        return decide(table, used, _FACTS, amounts)

    # They are there, as they are in the tenant; nothing of a run ever leads to them.
    deciding.__dict__["others"] = rest
    return deciding


def _p50(deciding: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter_ns()
        deciding()
        times.append(time.perf_counter_ns() - began)
    return median(times) / 1000


MEASUREMENT = Measurement(
    description="deciding in process, without anything around it",
    ids=("P-3a", "P-3b"),
    measure=measure,
)
