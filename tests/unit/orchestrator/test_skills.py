"""Skills: what each takes and does, and that no ungoverned way to a model exists."""

from typing import Any

import pytest

from kernel.errors import InvalidField
from kernel.profile import Profile
from services.orchestrator.clients.scripted_models import NAME, ScriptedModels, read_rules
from services.orchestrator.domain import skill as skill_module
from services.orchestrator.domain.managed_run import Inspection
from services.orchestrator.domain.model_call import RISK_CEILING, ModelTerms, governed, requested
from services.orchestrator.domain.skill import PLAIN_MODEL, skills_under
from services.orchestrator.domain.skill_failure import SkillFailed
from services.orchestrator.domain.transformation import transformed
from services.orchestrator.usecases import skill_works as works_module
from services.orchestrator.usecases.skill_works import SkillWorks, skill_works

TERMS = ModelTerms(
    most_output_tokens=100,
    input_micro_usd_per_million=1_000_000,
    output_micro_usd_per_million=500_000,
)
KEY = "AKIA" + "Z7QK4M2XN5RB3WTC"


def works_under(profile: Profile) -> SkillWorks:
    desk: Any = None
    return skill_works(
        profile, providers={NAME: ScriptedModels()}, desk=desk, planner_model="scripted/planner"
    )


@pytest.mark.gap("GAP-066")
@pytest.mark.parametrize("profile", list(Profile))
async def test_the_plain_way_to_a_model_exists_only_where_nothing_is_governed(
    profile: Profile,
) -> None:
    works = works_under(profile)
    observes = profile is Profile.OBSERVE_ONLY
    assert (PLAIN_MODEL in works.skills) is observes
    assert (PLAIN_MODEL in works.executors) is observes
    assert await works.ungoverned() is None


@pytest.mark.gap("GAP-066")
async def test_mutant_a_registry_that_holds_it_nevertheless_is_noticed_by_the_guard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everything = skills_under(Profile.OBSERVE_ONLY)
    monkeypatch.setattr(skill_module, "skills_under", lambda _profile: everything)
    monkeypatch.setattr(works_module, "skills_under", lambda _profile: everything)
    works = works_under(Profile.STANDARD)
    assert PLAIN_MODEL in (await works.ungoverned() or "")
    with pytest.raises(AssertionError):
        await test_the_plain_way_to_a_model_exists_only_where_nothing_is_governed(Profile.STANDARD)


def test_every_skill_has_exactly_one_that_does_it() -> None:
    for profile in Profile:
        works = works_under(profile)
        done = [*(works.executors.keys() & works.skills.keys()), *works.waiters]
        assert sorted(done) == sorted(works.skills)


def test_schemas_name_what_must_be_given() -> None:
    schema = skills_under(Profile.STRICT)["wait"].schema
    assert schema["required"] == ["seconds"]
    assert schema["properties"]["seconds"]["minimum"] == 0
    assert schema["additionalProperties"] is False


def test_parameters_are_cut_to_what_is_allowed_and_what_is_not_is_left_out() -> None:
    wished = requested(
        {
            "model": "m/x",
            "prompt": {"a": 1},
            "max_output_tokens": 500,
            "temperature": 7,
            "options": {"seed": 1, "tools": [], "logit_bias": {}},
        }
    )
    call = governed(wished, TERMS)
    assert call.request.prompt == '{"a":1}'
    assert (call.request.max_output_tokens, call.request.temperature) == (100, 1.0)
    assert call.request.options == {"seed": 1}
    assert call.clamped == ("max_output_tokens", "temperature")
    assert call.blocked == ("logit_bias", "tools")
    assert call.risk_score == 60


def test_what_is_too_risky_is_not_sent() -> None:
    risky = {"model": "m/x", "prompt": f"{KEY} ada@example.com", "options": {"tools": 1, "x": 2}}
    call = governed(requested(risky), TERMS)
    assert call.risk_score > RISK_CEILING
    with pytest.raises(SkillFailed) as told:
        call.require_bearable()
    assert told.value.code == "MODEL_CALL_TOO_RISKY"
    governed(requested({**risky, "options": {}}), TERMS).require_bearable()


def test_cost_is_rounded_up() -> None:
    assert TERMS.cost(1, 1) == 2
    assert TERMS.cost(0, 0) == 0


@pytest.mark.parametrize(
    ("given", "result"),
    [
        ({"input": {"a": 1, "b": 2}, "pick": ["b"]}, {"b": 2}),
        ({"input": {"a": [0, {"x/y": 5}]}, "pointer": "/a/1/x~1y"}, 5),
        ({"input": 7, "pointer": ""}, 7),
        ({"input": {"a": {"b": "c"}}, "template": "{{{/a/b}}} {a}"}, '{c} {"b":"c"}'),
        ({"input": "all", "template": "<{}>"}, "<all>"),
    ],
)
def test_values_are_reshaped(given: dict[str, Any], result: Any) -> None:
    skills_under(Profile.STRICT)["transform"].check(given, field="x", final=True)
    assert transformed(given) == result


@pytest.mark.parametrize(
    "given",
    [
        {"input": [1], "pointer": "/1"},
        {"input": [1], "pointer": "/-1"},
        {"input": [1], "pointer": "/01"},
        {"input": {"a": 1}, "template": "{a.__class__}"},
        {"input": {}, "pick": ["a"]},
        {"input": "x" * 150_000, "template": "{}{}"},
    ],
)
def test_what_is_not_there_is_not_made_up(given: dict[str, Any]) -> None:
    with pytest.raises(SkillFailed):
        transformed(given)


@pytest.mark.parametrize(
    "given",
    [
        {"input": 1},
        {"input": 1, "pointer": "", "pick": ["a"]},
        {"input": 1, "pointer": "a"},
        {"input": 1, "template": "{a"},
        {"input": 1, "template": "a}"},
        {"input": 1, "pick": [1]},
    ],
)
def test_a_transformation_says_exactly_one_thing(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidField):
        skills_under(Profile.STRICT)["transform"].check(given, field="x")


def test_an_output_cannot_pass_for_a_reference_once_it_is_final() -> None:
    skill = skills_under(Profile.STRICT)["ask_person"]
    given = {"question": {"from": "somewhere"}}
    skill.check(given, field="x")
    with pytest.raises(InvalidField):
        skill.check(given, field="x", final=True)


@pytest.mark.parametrize(
    "rule",
    [1, {"say": "x"}, {"answer": 1}, {"after_ms": -1}, {"after_ms": 10**9}, {"after_ms": True}],
)
def test_a_script_that_nobody_understands_is_refused(rule: Any) -> None:
    given = {"model": "scripted/echo", "prompt": "x", "script": [rule]}
    with pytest.raises(InvalidField):
        skills_under(Profile.STRICT)["llm_governed"].check(given, field="x")
    with pytest.raises((ValueError, TypeError)):
        read_rules(f"[{rule!r}]".replace("'", '"').replace("True", "true"))


async def test_scripted_models_answer_alike_by_the_first_rule() -> None:
    models = ScriptedModels([{"contains": "b", "answer": "configured"}])
    script = [{"contains": "a", "answer": "given"}]

    async def said(prompt: str, **more: Any) -> str:
        wished = requested({"model": "scripted/echo", "prompt": prompt, **more})
        return (await models(wished)).text

    assert await said("a b", script=script) == "given"
    assert await said("b") == "configured"
    assert await said("c") == "c"
    assert await said("cccccccc", max_output_tokens=1) == "cccc"
    with pytest.raises(SkillFailed):
        await said("a", script=[{"fails": "no"}])


ALL = Inspection(prompts=True, responses=True, personal_data=True, secrets=True)


def test_outputs_are_kept_whole_or_not_at_all() -> None:
    everything, careful = ALL, Inspection(responses=True)
    said = {"to": "ada@example.com", "key": KEY}
    assert everything.keepable(said) is not None
    assert careful.keepable(said) is None
    assert careful.keepable({"key": KEY}) is None
    assert careful.keepable({"plain": 1}) == '{"plain":1}'
    assert Inspection().keepable({"plain": 1}) is None
    assert careful.keepable_params({"plain": 1}) is None
