"""What a policy cannot say: every contradiction, with the field that is to blame."""

from collections import Counter
from collections.abc import Iterator

from kernel.errors import FieldViolation, InvalidField
from services.policies.domain.action import Action
from services.policies.domain.content_terms import term_violations
from services.policies.domain.plain import AUDITABLE_BYTES, audited_bytes
from services.policies.domain.policy_body import (
    BindAt,
    ContentRule,
    Detector,
    Limit,
    LimitType,
    LimitWindow,
    Monitor,
    PolicyBody,
    ScopeType,
)

ID_PREFIXES = {
    ScopeType.TENANT: "ten_",
    ScopeType.PROJECT: "prj_",
    ScopeType.AGENT: "agt_",
    ScopeType.API_KEY: "key_",
    ScopeType.HUMAN_ACTOR: "per_",
}
MONITOR_OF_LIMIT = {
    LimitType.INPUT_TOKENS: Monitor.TOKENS,
    LimitType.OUTPUT_TOKENS: Monitor.TOKENS,
    LimitType.TOTAL_TOKENS: Monitor.TOKENS,
    LimitType.COST_MICRO_USD: Monitor.COST,
    LimitType.CALLS: Monitor.RATE,
    LimitType.BURN_RATE_MICRO_USD_PER_MINUTE: Monitor.BURN_RATE,
    LimitType.STEPS: Monitor.STEPS,
    LimitType.DURATION_MS: Monitor.DURATION,
    LimitType.RAG_ACCESS: Monitor.RAG_ACCESS,
    LimitType.DATABASE_QUERIES: Monitor.DATABASE_QUERIES,
}
MONITOR_OF_DETECTOR = {
    Detector.PII: Monitor.PII,
    Detector.SECRETS: Monitor.SAFETY,
    Detector.WORDS: Monitor.CONTENT,
    Detector.EXPRESSIONS: Monitor.CONTENT,
    Detector.SAFETY: Monitor.SAFETY,
}
_TEMPORAL = (LimitWindow.SLIDING, LimitWindow.CALENDAR_DAY, LimitWindow.CALENDAR_MONTH)
# Windows that make sense for what only makes sense in some; all others take any.
_WINDOWS = {
    LimitType.CALLS: _TEMPORAL,
    LimitType.DATABASE_QUERIES: _TEMPORAL,
    LimitType.BURN_RATE_MICRO_USD_PER_MINUTE: (LimitWindow.SLIDING,),
    LimitType.DURATION_MS: (LimitWindow.PER_RUN,),
    LimitType.RAG_ACCESS: (LimitWindow.PER_RUN,),
}

Violations = Iterator[FieldViolation]


def require_sound(body: PolicyBody, *, tenant_id: str) -> None:
    """Refuse a body that contradicts itself.

    Raises:
        InvalidField: with every field that is to blame.
    """
    found = list(violations(body, tenant_id=tenant_id))
    if found:
        first, more = found[0], len(found) - 1
        rest = f" (and {more} more)" if more else ""
        raise InvalidField(f"{first.field}: {first.description}{rest}", violations=found)


def violations(body: PolicyBody, *, tenant_id: str) -> Violations:
    """Everything that is wrong with a body."""
    yield from _scope(body, tenant_id)
    yield from _monitors(body)
    yield from _names(body)
    for index, limit in enumerate(body.limits):
        yield from _limit(f"body.limits[{index}]", limit, body)
    yield from _contradictions(body)
    for index, rule in enumerate(body.content_rules):
        yield from _content_rule(f"body.content_rules[{index}]", rule, body)
    yield from _reactions(body)
    yield from _length(body)


def _scope(body: PolicyBody, tenant_id: str) -> Violations:
    kind, ids = body.scope.type, body.scope.ids
    if kind is ScopeType.ALL_RUNS:
        if ids:
            yield _at("body.scope.ids", "must be empty: ALL_RUNS names nobody")
        return
    if not ids:
        yield _at("body.scope.ids", f"must name at least one: the scope is {kind}")
    prefix = ID_PREFIXES[kind]
    for index, name in enumerate(ids):
        if not name.startswith(prefix):
            yield _at(f"body.scope.ids[{index}]", f"must begin with {prefix}: the scope is {kind}")
        elif kind is ScopeType.TENANT and name != tenant_id:
            yield _at(f"body.scope.ids[{index}]", "must be your own tenant")


def _monitors(body: PolicyBody) -> Violations:
    monitors = body.monitors
    if monitors.allowed_plane_ids and Monitor.RAG_ACCESS not in monitors.watched:
        yield _at(
            "body.monitors.allowed_plane_ids", "RAG_ACCESS is not watched, so nothing checks them"
        )


def _names(body: PolicyBody) -> Violations:
    names = [limit.name for limit in body.limits] + [rule.name for rule in body.content_rules]
    for name, times in Counter(names).items():
        if times > 1:
            yield _at("body.limits", f"the name {name} is used {times} times; choose others")


def _limit(path: str, limit: Limit, body: PolicyBody) -> Violations:
    monitor = MONITOR_OF_LIMIT[limit.type]
    if monitor not in body.monitors.watched:
        yield _at(
            f"{path}.type", f"{monitor} is not watched, so it can never trigger; watch it as well"
        )
    windows = _WINDOWS.get(limit.type, tuple(LimitWindow))
    if limit.window not in windows:
        yield _at(f"{path}.window", f"must be {' or '.join(windows)} for {limit.type}")
    yield from _window_seconds(path, limit)
    if limit.type is LimitType.RAG_ACCESS and limit.maximum:
        yield _at(f"{path}.maximum", "must be 0: access is allowed or not")
    if body.precedence.bind_at is BindAt.RUN_START and limit.window is LimitWindow.PER_RUN:
        yield _at(f"{path}.window", "is 0 at RUN_START, so it can never trigger; bind at EACH_STEP")


def _window_seconds(path: str, limit: Limit) -> Violations:
    if limit.window is LimitWindow.SLIDING and limit.window_seconds < 1:
        yield _at(f"{path}.window_seconds", "must be at least 1 for a sliding window")
    if limit.window is not LimitWindow.SLIDING and limit.window_seconds:
        yield _at(f"{path}.window_seconds", "must be 0: only a sliding window has a length")


def _contradictions(body: PolicyBody) -> Violations:
    seen: dict[tuple[LimitType, LimitWindow, int], str] = {}
    for index, limit in enumerate(body.limits):
        key = (limit.type, limit.window, limit.window_seconds)
        if key in seen:
            yield _at(f"body.limits[{index}]", f"limits the same as {seen[key]}; keep one of them")
        seen[key] = limit.name
    yield from _parts_above_the_whole(body)


def _parts_above_the_whole(body: PolicyBody) -> Violations:
    whole = {
        (limit.window, limit.window_seconds): limit
        for limit in body.limits
        if limit.type is LimitType.TOTAL_TOKENS
    }
    for index, limit in enumerate(body.limits):
        total = whole.get((limit.window, limit.window_seconds))
        part = limit.type in (LimitType.INPUT_TOKENS, LimitType.OUTPUT_TOKENS)
        if part and total is not None and limit.maximum > total.maximum:
            yield _at(
                f"body.limits[{index}].maximum",
                f"is more than {total.name} allows in all ({total.maximum}), so it can never be "
                "reached",
            )


def _content_rule(path: str, rule: ContentRule, body: PolicyBody) -> Violations:
    monitor = MONITOR_OF_DETECTOR[rule.detector]
    if monitor not in body.monitors.watched:
        yield _at(
            f"{path}.detector",
            f"{monitor} is not watched, so it can never trigger; watch it as well",
        )
    if body.precedence.bind_at is BindAt.RUN_START:
        yield _at(path, "nothing is said at RUN_START; bind at EACH_STEP or FIRST_TOKEN")
    yield from term_violations(path, rule)


def _reactions(body: PolicyBody) -> Violations:
    reaction = body.on_breach
    if reaction.requires_ack and reaction.action not in (Action.WARN, Action.PAUSE):
        yield _at(
            "body.on_breach.requires_ack",
            f"must be false: after {reaction.action.name} nobody waits for an acknowledgement",
        )
    percents = [tier.percent for tier in body.alert_tiers]
    if percents != sorted(set(percents)):
        yield _at("body.alert_tiers", "must ascend and name each percentage once")


def _length(body: PolicyBody) -> Violations:
    size = audited_bytes(body)
    if size > AUDITABLE_BYTES:
        yield _at(
            "body", f"is too long for the ledger: {size:,} bytes of at most {AUDITABLE_BYTES:,}"
        )


def _at(field: str, description: str) -> FieldViolation:
    return FieldViolation(field=field, description=description)
