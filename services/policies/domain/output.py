"""Output in the making: which rules look at it, and how far beyond its reservation it is."""

from collections.abc import Iterable

from services.policies.domain.counting import METRICS, OUTPUT, TOTAL
from services.policies.domain.policy_body import BindAt
from services.policies.domain.program import ContentCheck, Program, RuleTable
from services.policies.domain.reservation import Hold

_TOKENS = (OUTPUT, TOTAL)


def step_name(step_id: str, number: int) -> str:
    """What a decision about the output of a step is called among those of the run."""
    return f"{step_id}#output-{number}"


def output_checks(program: Program) -> tuple[ContentCheck, ...]:
    """The content rules that output is looked at by, while it is made."""
    return (*program.at[BindAt.FIRST_TOKEN].content, *program.at[BindAt.EACH_STEP].content)


def output_table(program: Program, *, beyond: bool) -> RuleTable:
    """The rules that decide about output.

    What binds at the first token counts in full. What binds at each step has decided before the
    step; of that, only limits of what comes out count, once more comes out than was reserved.
    """
    first, each = program.at[BindAt.FIRST_TOKEN], program.at[BindAt.EACH_STEP]
    places = [place for place, metric in enumerate(each.metrics) if beyond and metric in _TOKENS]
    return RuleTable(
        rules=(*first.rules, *(each.rules[place] for place in places)),
        metrics=(*first.metrics, *(each.metrics[place] for place in places)),
        divisors=(*first.divisors, *(each.divisors[place] for place in places)),
        first_word=min(first.first_word, each.first_word) if places else first.first_word,
        content=output_checks(program),
        durations=first.durations,
        accesses=(),
    )


def amounts_beyond(tokens: int) -> tuple[int, ...]:
    """What so many tokens beyond the reservation use, place by place."""
    amounts = [0] * METRICS
    for metric in _TOKENS:
        amounts[metric] = tokens
    return tuple(amounts)


def granted(holds: Iterable[Hold], input_tokens: int) -> int | None:
    """How many tokens may come out by what is reserved; None if nothing limits them."""
    reserved = [
        hold.amount - (input_tokens if hold.metric == TOTAL else 0)
        for hold in holds
        if hold.metric in _TOKENS
    ]
    return min(reserved, default=None)


def widened(holds: Iterable[Hold], tokens: int) -> tuple[Hold, ...]:
    """What is held when so many tokens more may come out."""
    return tuple(
        hold._replace(amount=hold.amount + tokens) if hold.metric in _TOKENS else hold
        for hold in holds
    )
