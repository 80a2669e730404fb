"""Plans: which can be executed, in which order, and what becomes of outputs."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidField
from kernel.profile import Profile
from services.orchestrator.domain import plan as plan_module
from services.orchestrator.domain.arguments import problem_of_size
from services.orchestrator.domain.plan import MOST_STEPS, Plan, PlanStep, check_plan
from services.orchestrator.domain.plan_text import MOST_BYTES, read_arguments, read_plan, write_plan
from services.orchestrator.domain.skill import skills_under

SKILLS = skills_under(Profile.STANDARD)


def one(name: str, *after: str, source: Any = 0) -> PlanStep:
    return PlanStep(
        name=name, skill="transform", arguments={"input": source, "pointer": ""}, after=after
    )


def plan_of(*steps: PlanStep) -> Plan:
    return Plan(steps=steps)


def refused(plan: Plan) -> str:
    with pytest.raises(InvalidField) as told:
        check_plan(plan, SKILLS)
    return told.value.violations[0].field


def order(plan: Plan) -> list[list[str]]:
    waves, done = [], frozenset[str]()
    while ready := plan.ready(done):
        waves.append([step.name for step in ready])
        done |= {step.name for step in ready}
    return waves


def test_an_output_that_is_taken_makes_its_step_come_before() -> None:
    plan = plan_of(one("c", source=[{"deep": {"from": "a"}}]), one("a"), one("b", "c"))
    check_plan(plan, SKILLS)
    assert order(plan) == [["a"], ["c"], ["b"]]


def test_an_object_that_says_more_than_from_stands_for_itself() -> None:
    plan = plan_of(one("a", source={"from": "nobody", "to": "you"}))
    check_plan(plan, SKILLS)
    assert plan.steps[0].given({})["input"] == {"from": "nobody", "to": "you"}


def test_steps_that_wait_for_each_other_are_named() -> None:
    assert refused(plan_of(one("a", "b"), one("b", source={"from": "a"}))) == "plan.steps"
    assert refused(plan_of(one("a", "a"))) == "plan.steps"


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ([], "plan.steps"),
        ([one(f"s{place}") for place in range(MOST_STEPS + 1)], "plan.steps"),
        ([one("a"), one("a")], "plan.steps[1].name"),
        ([one("start")], "plan.steps[0].name"),
        ([one("No Name")], "plan.steps[0].name"),
        ([one("a", "b")], "plan.steps[0].after"),
        ([one("a", source={"from": "b"})], "plan.steps[0].arguments_json"),
        ([PlanStep(name="a", skill="x", arguments={})], "plan.steps[0].skill"),
        (
            [PlanStep(name="a", skill="transform", arguments={"input": 1})],
            "plan.steps[0].arguments_json",
        ),
        (
            [PlanStep(name="a", skill="wait", arguments={})],
            "plan.steps[0].arguments_json.seconds",
        ),
        (
            [PlanStep(name="a", skill="wait", arguments={"seconds": True})],
            "plan.steps[0].arguments_json.seconds",
        ),
        (
            [PlanStep(name="a", skill="wait", arguments={"seconds": 1, "hours": 1})],
            "plan.steps[0].arguments_json.hours",
        ),
    ],
)
def test_what_nobody_can_execute_is_refused_by_its_field(steps: list[PlanStep], field: str) -> None:
    assert refused(plan_of(*steps)) == field


def test_arguments_that_are_nested_without_end_are_refused() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    with pytest.raises(InvalidField):
        one("a", source=deep)


def test_what_holds_itself_over_and_over_is_too_large_although_it_takes_no_room() -> None:
    twice: Any = ["x"]
    for _ in range(20):
        twice = [twice, twice]
    assert "characters" in problem_of_size({"input": twice})
    nested: Any = 1
    for _ in range(40):
        nested = {"a": nested}
    assert "deep" in problem_of_size(nested)
    assert problem_of_size({"input": ["x" * 1000, 1, None, {"a": True}]}) == ""


def test_a_plan_that_is_too_large_is_refused() -> None:
    with pytest.raises(InvalidField):
        write_plan(plan_of(one("a", source="x" * MOST_BYTES)))


def test_the_output_is_what_no_other_step_took() -> None:
    alone = plan_of(one("a"), one("b", source={"from": "a"}))
    assert alone.output({"a": 1, "b": 2}) == 2
    assert plan_of(one("a"), one("b", "a")).output({"a": 1, "b": 2}) == {"a": 1, "b": 2}


def test_outputs_are_wanted_only_by_what_remains() -> None:
    plan = plan_of(one("a"), one("b", source={"from": "a"}), one("c", source={"from": "b"}))
    assert plan.wanted(frozenset({"a", "b"})) == {"b"}
    assert plan.wanted(frozenset({"a", "b", "c"})) == frozenset()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"steps": 1}', '{"steps": [1]}', '{"steps": [{"name": 1, "skill": "x"}]}',
     '{"steps": [{"name": "a", "skill": "x", "arguments": []}]}',
     '{"steps": [{"name": "a", "skill": "x", "after": [1]}]}',
     '{"steps": [{"name": "a", "skill": "x", "rm": "-rf"}]}', "I would rather not."],
)  # fmt: skip
def test_what_a_planner_says_beside_a_plan_is_no_plan(text: str) -> None:
    with pytest.raises(InvalidField):
        read_plan(text)


@pytest.mark.parametrize("text", ["[]", "1", "NaN", '{"a": 1e999}', '{"a": "\\ud800"}', "{"])
def test_arguments_that_cannot_be_passed_on_are_refused(text: str) -> None:
    with pytest.raises(InvalidField) as told:
        read_arguments(text, field="here")
    assert told.value.violations[0].field == "here"


names = st.text(string.ascii_lowercase, min_size=1, max_size=4).filter(lambda name: name != "start")


@given(st.lists(names, unique=True, max_size=8), st.randoms(use_true_random=False))
def test_every_plan_without_loops_is_executed_whole_and_read_back_alike(
    given_names: list[str], chance: Any
) -> None:
    steps = [
        one(name, *chance.sample(given_names[:place], chance.randint(0, place)))
        for place, name in enumerate(given_names)
    ]
    chance.shuffle(steps)
    plan = plan_of(*steps)
    assert sorted(name for wave in order(plan) for name in wave) == sorted(given_names)
    assert read_plan(write_plan(plan)) == plan


def test_mutant_without_the_look_for_loops_a_plan_never_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan_module, "_refuse_loops", lambda _plan: None)
    with pytest.raises(pytest.fail.Exception):
        test_steps_that_wait_for_each_other_are_named()
