"""Content rules: what is found before a step, and what cannot be saved."""

import pytest

from aos.policies.v1 import decision_pb2, policy_pb2
from tests.support.governed import CONTINUE, STOP, WARN, GovernedRun, Tenant, body, limit
from tests.support.plane import Plane
from tests.support.statuses import refusal

PII, SECRETS, WORDS, EXPRESSIONS, SAFETY = (
    policy_pb2.DETECTOR_PII,
    policy_pb2.DETECTOR_SECRETS,
    policy_pb2.DETECTOR_WORDS,
    policy_pb2.DETECTOR_EXPRESSIONS,
    policy_pb2.DETECTOR_SAFETY,
)
WATCHED = (policy_pb2.MONITOR_PII, policy_pb2.MONITOR_CONTENT, policy_pb2.MONITOR_SAFETY)
CARD = "4111 1111 1111 1111"


def rule(detector: int, *terms: str, name: str = "rule") -> policy_pb2.ContentRule:
    return policy_pb2.ContentRule(name=name, detector=detector, terms=terms)  # type: ignore[arg-type]


async def govern(tenant: Tenant, *rules: policy_pb2.ContentRule, **options: object) -> str:
    policy = await tenant.govern(watched=WATCHED, content_rules=rules, **options)
    return str(policy.id)


async def outcome(run: GovernedRun, content: str) -> tuple[int, str]:
    decision = await run.ask(content=content)
    return decision.action, decision.winner.detail


@pytest.mark.gap("GAP-030")
@pytest.mark.parametrize(
    ("found", "text", "kind"),
    [
        (rule(PII), f"my card is {CARD}", "card"),
        (rule(PII, "iban"), "pay DE89 3704 0044 0532 0130 00", "iban"),
        (rule(PII, "national_id"), "DNI 12345678Z", "es_dni"),
        (rule(SECRETS), "use AKIAIOSFODNN7EXAMPLE", "key"),
        (rule(WORDS, "falcon", "Blue  Sky"), "the FALCON flies", "word 1"),
        (rule(WORDS, "falcon", "blue sky"), "a Blue sky", "word 2"),
        (rule(EXPRESSIONS, "never", r"(?i)project-\d{3}\b"), "Project-123", "expression 2"),
    ],
)
async def test_what_must_not_be_said_stops_the_step_before_it_happens(
    tenant: Tenant, found: policy_pb2.ContentRule, text: str, kind: str
) -> None:
    policy_id = await govern(tenant, found)
    run = await tenant.open_run()
    assert await outcome(run, "nothing of interest") == (CONTINUE, "")
    decision = await run.ask(content=text)
    assert (decision.action, decision.reason) == (STOP, decision_pb2.DECISION_REASON_BREACH)
    assert (decision.winner.policy_id, decision.winner.detail) == (policy_id, kind)
    assert await run.state() == "STOPPED"


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (rule(PII), "order 4111 1111 1111 1112"),
        (rule(PII, "iban"), f"my card is {CARD}"),
        (rule(WORDS, "ass"), "the association"),
        (rule(EXPRESSIONS, r"\bcat\b"), "concatenate"),
        (rule(SECRETS), "run_01hzx3v6q8m2x4t5w7y9abcdef"),
    ],
)
async def test_what_only_looks_like_it_goes_on(
    tenant: Tenant, found: policy_pb2.ContentRule, text: str
) -> None:
    await govern(tenant, found)
    run = await tenant.open_run()
    assert await outcome(run, text) == (CONTINUE, "")


async def test_nothing_of_the_text_is_kept_only_its_kind(tenant: Tenant, plane: Plane) -> None:
    await govern(tenant, rule(PII), action=WARN)
    run = await tenant.open_run()
    assert await outcome(run, f"my card is {CARD}") == (WARN, "card")
    kept = await plane.database.value(
        "SELECT count(*) FROM policies.decisions WHERE position('4111'::bytea IN inputs) > 0 "
        "OR position('4111'::bytea IN answer) > 0"
    )
    assert kept == 0


@pytest.mark.invariant("I-19")
async def test_a_decision_about_content_can_be_made_again(tenant: Tenant) -> None:
    await govern(tenant, rule(PII), rule(WORDS, "falcon", name="words"), action=WARN)
    run = await tenant.open_run()
    assert await run.action(content=f"the falcon has {CARD}") == WARN
    replayed = await tenant.read("ReplayDecisions", run_id=run.id)
    assert (replayed.decision_count, list(replayed.divergences)) == (2, [])


@pytest.mark.invariant("I-19")
async def test_content_is_looked_at_by_the_rules_that_decide_even_as_they_change(
    tenant: Tenant,
) -> None:
    await govern(tenant, rule(WORDS, "one"), action=WARN)
    run = await tenant.open_run()
    assert await outcome(run, "one two") == (WARN, "word 1")
    await govern(tenant, rule(WORDS, "two"), action=STOP)
    assert await outcome(run, "one two") == (WARN, "word 1")
    await run.move("CheckRun")
    assert (await outcome(run, "one two"))[0] == STOP


async def test_a_text_of_the_largest_size_is_looked_at_while_others_are_decided(
    tenant: Tenant,
) -> None:
    await govern(tenant, rule(EXPRESSIONS, "a*a*a*a*b"), rule(PII, name="pii"))
    run = await tenant.open_run()
    assert await outcome(run, "a" * 262_000) == (CONTINUE, "")
    assert await outcome(run, "a " * 131_000 + "b") == (STOP, "expression 1")


@pytest.mark.parametrize(
    ("bad", "field", "words"),
    [
        (rule(EXPRESSIONS, "fine", "(a+)+$"), "terms[1]", "repeats what repeats already"),
        (rule(EXPRESSIONS, r"(a)\1"), "terms[0]", "refers back"),
        (rule(EXPRESSIONS, "(?=a)"), "terms[0]", "looks ahead or behind"),
        (rule(EXPRESSIONS, "a*"), "terms[0]", "is found in every text"),
        (rule(EXPRESSIONS), "terms", "at least one regular expression"),
        (rule(WORDS, "a", "a"), "terms[1]", "is named twice"),
        (rule(WORDS, " a"), "terms[0]", "no space at its ends"),
        (rule(PII, "shoe_size"), "terms[0]", "must be one of"),
        (rule(SECRETS, "email"), "terms[0]", "must be one of"),
        (rule(SAFETY), "terms", "at least one category"),
        (rule(SAFETY, "Hate Speech"), "terms[0]", "lower case"),
    ],
)
async def test_a_rule_that_could_explode_or_find_nothing_cannot_be_saved(
    tenant: Tenant, bad: policy_pb2.ContentRule, field: str, words: str
) -> None:
    content = body(limit("STEPS", 5), watched=WATCHED, content_rules=[bad])
    refused = await refusal(tenant.write("CreatePolicy", body=content))
    assert refused.reason == "INVALID_FIELD"
    ((name, said),) = refused.fields.items()
    assert name == f"body.content_rules[0].{field}"
    assert words in said


@pytest.mark.gap("GAP-035")
@pytest.mark.invariant("I-18")
async def test_without_a_classifier_a_safety_rule_cannot_look(tenant: Tenant) -> None:
    await govern(tenant, rule(SAFETY, "violence"))
    run = await tenant.open_run()
    assert await outcome(run, "anything") == (STOP, "DETECTOR_MISSING")


async def test_mutant_without_a_look_before_the_decision_nothing_is_decided(
    tenant: Tenant, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Had the look been forgotten, the step would not have been let through unseen."""
    from services.policies.usecases.admit_inspected import AdmitInspected  # noqa: PLC0415

    async def not_looked_at(_self: AdmitInspected, step: object, *, afresh: bool) -> object:
        return step

    await govern(tenant, rule(PII))
    run = await tenant.open_run()
    monkeypatch.setattr(AdmitInspected, "_looked_at", not_looked_at)
    (admission,) = (await tenant.ask(run.question(content=f"my card is {CARD}"))).admissions
    assert admission.refusal.reason == "CONFLICT"
