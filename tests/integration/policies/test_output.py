"""Output is looked at while it is made, piece by piece, and decided about like any step."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from aos.policies.v1 import admission_service_pb2 as messages
from aos.policies.v1 import output_pb2, policy_pb2
from services.policies.domain import passage
from services.policies.usecases import decide_output
from tests.support.governed import CONTINUE, KILL, PAUSE, STOP, WARN, GovernedRun, Tenant, limit
from tests.support.plane import Plane

FIRST_TOKEN = policy_pb2.BIND_AT_FIRST_TOKEN
EACH_STEP = policy_pb2.BIND_AT_EACH_STEP
WATCHED = (policy_pb2.MONITOR_PII, policy_pb2.MONITOR_CONTENT)
PIECES = ("my card is 4111 11", "11 1111 ", "1111 and that is", " all there is to say")


def rule(detector: int, *terms: str) -> policy_pb2.ContentRule:
    return policy_pb2.ContentRule(name="rule", detector=detector, terms=terms)  # type: ignore[arg-type]


CARDS = rule(policy_pb2.DETECTOR_PII, "card")


async def told(
    run: GovernedRun,
    *pieces: str,
    tokens: Sequence[int] = (),
    step_id: str = "one",
    ends: bool = True,
) -> list[output_pb2.OutputAnswer]:
    async def requests() -> AsyncIterator[messages.InspectOutputRequest]:
        for place, text in enumerate(pieces):
            yield messages.InspectOutputRequest(
                chunk=output_pb2.OutputChunk(
                    run_id=run.id,
                    step_id=step_id,
                    text=text,
                    output_tokens=tokens[place] if tokens else 0,
                    last=ends and place == len(pieces) - 1,
                )
            )

    stream = run.tenant.admission.InspectOutput(
        requests(), timeout=30, metadata=run.tenant.orchestrator()
    )
    return [answer.answer async for answer in stream]


def actions(answers: Sequence[output_pb2.OutputAnswer]) -> list[int]:
    return [answer.verdict.action for answer in answers]


async def admitted(tenant: Tenant, **estimates: int) -> GovernedRun:
    run = await tenant.open_run()
    assert await run.action("one", **estimates) == CONTINUE
    return run


@pytest.mark.gap("GAP-031")
async def test_what_binds_at_the_first_token_is_evaluated_then_and_not_before(
    tenant: Tenant,
) -> None:
    policy = await tenant.govern(limit("COST_MICRO_USD", 100), bind_at=FIRST_TOKEN)
    run = await admitted(tenant, estimated_cost_micro_usd=200)
    answers = await told(run, "Once", " upon", " a time")
    assert actions(answers) == [STOP, STOP, STOP]
    decision = answers[0].verdict.decision
    assert (decision.step_id, decision.winner.policy_id) == ("one#output-1", policy.id)
    assert (decision.winner.value, decision.winner.threshold) == (200, 100)
    assert await run.state() == "STOPPED"


@pytest.mark.gap("GAP-031")
async def test_the_first_token_is_decided_once_however_much_follows(
    tenant: Tenant, plane: Plane
) -> None:
    await tenant.govern(limit("COST_MICRO_USD", 1_000), bind_at=FIRST_TOKEN)
    run = await admitted(tenant, estimated_cost_micro_usd=200)
    answers = await told(run, *("word " for _ in range(50)))
    assert actions(answers) == [CONTINUE] * 50
    assert [place for place, one in enumerate(answers) if one.verdict.HasField("decision")] == [0]
    kept = await plane.database.value(
        f"SELECT count(*) FROM policies.decisions WHERE run_id = '{run.id}' "
        "AND step_id LIKE 'one#output-%'"
    )
    assert kept == 1


@pytest.mark.parametrize("bind_at", [FIRST_TOKEN, EACH_STEP])
@pytest.mark.parametrize(
    ("action", "state"), [(STOP, "STOPPED"), (KILL, "KILLED"), (PAUSE, "PAUSED")]
)
async def test_a_card_that_comes_out_in_pieces_ends_the_output_and_moves_the_gate(
    tenant: Tenant, bind_at: int, action: int, state: str
) -> None:
    policy = await tenant.govern(
        watched=WATCHED, content_rules=[CARDS], bind_at=bind_at, action=action
    )
    run = await admitted(tenant)
    answers = await told(run, *PIECES)
    assert actions(answers) == [CONTINUE, CONTINUE, action, action]
    winner = answers[2].verdict.decision.winner
    assert (winner.policy_id, winner.limit_name, winner.detail) == (policy.id, "rule", "card")
    assert await run.state() == state


async def test_mutant_without_a_window_a_card_in_pieces_is_not_seen(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passage.Window, "after", lambda *_: passage.Window())
    await tenant.govern(watched=WATCHED, content_rules=[CARDS])
    run = await admitted(tenant)
    assert actions(await told(run, *PIECES)) == [CONTINUE] * 4


async def test_what_is_found_is_told_once(tenant: Tenant, plane: Plane) -> None:
    await tenant.govern(watched=WATCHED, content_rules=[CARDS], action=WARN)
    run = await admitted(tenant)
    answers = await told(run, *PIECES, "again 4111 1111 1111 1111 ", "and so on")
    assert actions(answers) == [CONTINUE, CONTINUE, WARN, CONTINUE, CONTINUE, CONTINUE]
    breaches = await plane.database.value(
        f"SELECT count(*) FROM policies.policy_enforcements WHERE run_id = '{run.id}'"
    )
    assert breaches == 1


@pytest.mark.gap("GAP-015")
async def test_a_run_that_waits_for_a_person_hears_of_what_else_comes_out(tenant: Tenant) -> None:
    rules = [
        policy_pb2.ContentRule(name=kind, detector=policy_pb2.DETECTOR_PII, terms=[kind])
        for kind in ("card", "email")
    ]
    await tenant.govern(watched=WATCHED, content_rules=rules, action=WARN, requires_ack=True)
    run = await admitted(tenant)
    answers = await told(run, "4111 1111 1111 1111", " and ", "ada@example.com ", "end")
    assert actions(answers) == [WARN, CONTINUE, WARN, CONTINUE]
    assert answers[2].verdict.decision.winner.detail == "email"
    assert await run.state() == "PAUSED"
    await run.move("Acknowledge")
    assert await run.state() == "OPEN"


async def test_a_word_is_judged_when_it_is_complete(tenant: Tenant) -> None:
    words = rule(policy_pb2.DETECTOR_WORDS, "ass", "falcon")
    await tenant.govern(watched=WATCHED, content_rules=[words])
    run = await admitted(tenant)
    assert actions(await told(run, "the ass", "ociation", " of fal", "cons")) == [CONTINUE] * 4
    assert await run.action("two") == CONTINUE
    assert actions(await told(run, "a fal", "con", step_id="two")) == [CONTINUE, STOP]


@pytest.mark.invariant("I-19")
async def test_decisions_about_output_can_be_made_again(tenant: Tenant) -> None:
    await tenant.govern(limit("COST_MICRO_USD", 1_000), bind_at=FIRST_TOKEN)
    await tenant.govern(limit("OUTPUT_TOKENS", 1_000), action=WARN)
    await tenant.govern(watched=WATCHED, content_rules=[CARDS], action=WARN)
    run = await admitted(tenant, estimated_output_tokens=10)
    await told(run, *PIECES, tokens=(5, 10, 15, 2_000))
    replayed = await tenant.read("ReplayDecisions", run_id=run.id)
    assert (replayed.decision_count, list(replayed.divergences)) == (5, [])


@pytest.mark.invariant("I-23")
@pytest.mark.parametrize("kind", ["OUTPUT_TOKENS", "TOTAL_TOKENS"])
async def test_output_beyond_its_reservation_goes_on_as_long_as_the_limit_has_room(
    tenant: Tenant, kind: str
) -> None:
    await tenant.govern(limit(kind, 100))
    run = await admitted(tenant, estimated_output_tokens=10)
    answers = await told(run, "a", "b", "c", "d", tokens=(10, 60, 100, 101))
    assert actions(answers) == [CONTINUE, CONTINUE, CONTINUE, STOP]
    winner = answers[3].verdict.decision.winner
    assert (winner.value, winner.threshold) == (101, 100)
    assert await run.state() == "STOPPED"


@pytest.mark.invariant("I-23")
async def test_two_outputs_at_once_never_pass_the_limit_together(
    tenant: Tenant, plane: Plane
) -> None:
    await tenant.govern(limit("OUTPUT_TOKENS", 1_000, window="CALENDAR_DAY"))
    runs = [await admitted(tenant, estimated_output_tokens=1) for _ in range(8)]
    steps = [50 * number for number in range(1, 20)]
    await asyncio.gather(*(told(run, *("x" for _ in steps), tokens=steps) for run in runs))
    held = await plane.database.value(
        f"SELECT max(used + reserved) FROM policies.counters WHERE tenant_id = '{tenant.id}'"
    )
    assert 950 <= int(str(held)) <= 1_000


@pytest.mark.invariant("I-23")
async def test_mutant_without_widening_outputs_pass_the_limit_together(
    tenant: Tenant, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_widened(*_: object) -> None:
        return

    monkeypatch.setattr(decide_output, "_widen", not_widened)
    await tenant.govern(limit("OUTPUT_TOKENS", 1_000, window="CALENDAR_DAY"))
    runs = [await admitted(tenant, estimated_output_tokens=1) for _ in range(8)]
    went_on = [actions(await told(run, "x", tokens=(900,))) for run in runs]
    assert went_on == [[CONTINUE]] * 8


async def test_what_was_widened_is_settled_without_an_overage(tenant: Tenant) -> None:
    await tenant.govern(limit("OUTPUT_TOKENS", 1_000))
    run = await admitted(tenant, estimated_output_tokens=10)
    await told(run, "a", "b", tokens=(10, 60))
    settlement = await run.settle("one", output_tokens=60)
    assert (settlement.settled.overage, settlement.settled.frozen) == (0, False)
    assert await run.action("two", estimated_output_tokens=940) == CONTINUE
    assert await run.action("three", estimated_output_tokens=1) == STOP


@pytest.mark.invariant("I-05")
async def test_the_same_output_told_again_gets_the_same_answers(tenant: Tenant) -> None:
    await tenant.govern(limit("COST_MICRO_USD", 1_000), bind_at=FIRST_TOKEN)
    await tenant.govern(watched=WATCHED, content_rules=[CARDS], action=WARN)
    run = await admitted(tenant)
    first, second = await told(run, *PIECES), await told(run, *PIECES)
    assert [one.SerializeToString() for one in first] == [one.SerializeToString() for one in second]
    other = await told(run, "".join(PIECES))
    assert actions(other) == [WARN]
    assert other[0].verdict.decision.step_id == "one#output-3"


@pytest.mark.invariant("I-20")
async def test_output_of_a_killed_run_ends_and_of_a_stopped_one_may_end_by_itself(
    tenant: Tenant,
) -> None:
    await tenant.govern(limit("STEPS", 10))
    killed, stopped = await admitted(tenant), await admitted(tenant)
    await killed.move("KillRun")
    await stopped.move("StopRun")
    assert actions(await told(killed, "a", "b")) == [KILL, KILL]
    assert actions(await told(stopped, "a", "b")) == [CONTINUE, CONTINUE]


async def test_a_kill_is_noticed_in_the_middle_of_an_output(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 10))
    run = await admitted(tenant)
    stream = tenant.admission.InspectOutput(timeout=30, metadata=tenant.orchestrator())
    heard = []
    for number in range(70):
        if number == 5:
            await run.move("KillRun")
        chunk = output_pb2.OutputChunk(run_id=run.id, step_id="one", text="word ")
        await stream.write(messages.InspectOutputRequest(chunk=chunk))
        heard.append((await stream.read()).answer.verdict.action)
    await stream.done_writing()
    assert heard == [CONTINUE] * 31 + [KILL] * 39


@pytest.mark.invariant("I-31")
async def test_output_of_nobodys_or_anothers_step_is_refused(tenant: Tenant, plane: Plane) -> None:
    await tenant.govern(limit("STEPS", 10))
    run = await admitted(tenant)
    (never,) = await told(run, "a", step_id="never")
    assert (never.refusal.reason, never.refusal.field) == ("RESERVATION_NOT_FOUND", "step_id")
    (unopened,) = await told(GovernedRun(tenant), "a")
    stranger = GovernedRun(Tenant(plane))
    stranger.id = run.id
    (theirs,) = await told(stranger, "a")
    assert unopened.refusal.reason == theirs.refusal.reason == "GATE_NOT_FOUND"


@pytest.mark.gap("GAP-035")
@pytest.mark.invariant("I-18")
@pytest.mark.parametrize(
    ("mode", "action"),
    [(policy_pb2.FAILURE_MODE_FAIL_CLOSED, STOP), (policy_pb2.FAILURE_MODE_FAIL_OPEN, CONTINUE)],
)
async def test_output_that_nobody_can_judge_does_what_the_failure_mode_says(
    tenant: Tenant, mode: int, action: int
) -> None:
    await tenant.govern(
        watched=(policy_pb2.MONITOR_SAFETY,),
        content_rules=[rule(policy_pb2.DETECTOR_SAFETY, "violence")],
        bind_at=FIRST_TOKEN,
        failure_mode=mode,
    )
    run = await admitted(tenant)
    answers = await told(run, "a", "b")
    assert actions(answers) == [action, action]
    assert answers[0].verdict.decision.fault == "DETECTOR_MISSING"
