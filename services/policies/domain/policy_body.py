"""What a policy says: target, what to watch, limits, what happens near and at them, when."""

from dataclasses import dataclass
from enum import StrEnum

from services.policies.domain.action import Action


class ScopeType(StrEnum):
    """Whom a policy is for."""

    ALL_RUNS = "ALL_RUNS"
    TENANT = "TENANT"
    PROJECT = "PROJECT"
    AGENT = "AGENT"
    API_KEY = "API_KEY"
    HUMAN_ACTOR = "HUMAN_ACTOR"


class Monitor(StrEnum):
    """What can be watched."""

    TOKENS = "TOKENS"
    COST = "COST"
    RATE = "RATE"
    BURN_RATE = "BURN_RATE"
    STEPS = "STEPS"
    DURATION = "DURATION"
    RAG_ACCESS = "RAG_ACCESS"
    DATABASE_QUERIES = "DATABASE_QUERIES"
    CONTENT = "CONTENT"
    PII = "PII"
    SAFETY = "SAFETY"
    HALLUCINATION = "HALLUCINATION"


class LimitType(StrEnum):
    """What a limit counts."""

    INPUT_TOKENS = "INPUT_TOKENS"
    OUTPUT_TOKENS = "OUTPUT_TOKENS"
    TOTAL_TOKENS = "TOTAL_TOKENS"
    COST_MICRO_USD = "COST_MICRO_USD"
    CALLS = "CALLS"
    BURN_RATE_MICRO_USD_PER_MINUTE = "BURN_RATE_MICRO_USD_PER_MINUTE"
    STEPS = "STEPS"
    DURATION_MS = "DURATION_MS"
    RAG_ACCESS = "RAG_ACCESS"
    DATABASE_QUERIES = "DATABASE_QUERIES"


class LimitWindow(StrEnum):
    """Over what a limit adds up."""

    PER_RUN = "PER_RUN"
    PER_SESSION = "PER_SESSION"
    SLIDING = "SLIDING"
    CALENDAR_DAY = "CALENDAR_DAY"
    CALENDAR_MONTH = "CALENDAR_MONTH"


class Channel(StrEnum):
    """How people are told."""

    UI = "UI"
    WEBHOOK = "WEBHOOK"
    EMAIL = "EMAIL"


class BindAt(StrEnum):
    """When a policy is evaluated."""

    RUN_START = "RUN_START"
    FIRST_TOKEN = "FIRST_TOKEN"  # noqa: S105 - a moment, no secret
    EACH_STEP = "EACH_STEP"


class FailureMode(StrEnum):
    """What counts when a policy cannot be evaluated."""

    FAIL_CLOSED = "FAIL_CLOSED"
    FAIL_OPEN = "FAIL_OPEN"


class Detector(StrEnum):
    """What a content rule looks for."""

    PII = "PII"
    SECRETS = "SECRETS"
    WORDS = "WORDS"
    EXPRESSIONS = "EXPRESSIONS"
    SAFETY = "SAFETY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whom a policy is for, with names."""

    type: ScopeType
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What may be kept of what steps say; nothing but hashes unless somebody allows more."""

    allow_prompt_logging: bool = False
    allow_response_logging: bool = False
    allow_pii_capture: bool = False
    allow_secret_access: bool = False


NOTHING_KEPT = Inspection()


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorConfig:
    """What a policy watches. What it does not watch cannot trigger anything."""

    watched: tuple[Monitor, ...] = ()
    allowed_plane_ids: tuple[str, ...] = ()
    inspection: Inspection = NOTHING_KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much. A limit says how near it is or that it is passed; it decides nothing."""

    name: str
    type: LimitType
    maximum: int
    window: LimitWindow
    window_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRule:
    """Something that must not be said."""

    name: str
    detector: Detector
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachAction:
    """What happens when a limit is passed or a content rule matches."""

    action: Action
    requires_ack: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTier:
    """Whom to tell when a limit comes near."""

    percent: int
    channels: tuple[Channel, ...] = (Channel.UI,)


DEFAULT_TIERS = tuple(AlertTier(percent=percent) for percent in (50, 70, 80, 90))


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedence:
    """When a policy is evaluated, and how faults in it count."""

    order: int = 0
    bind_at: BindAt = BindAt.EACH_STEP
    failure_mode: FailureMode = FailureMode.FAIL_CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyBody:
    """Everything that the author of a policy writes."""

    name: str
    scope: Scope
    monitors: MonitorConfig
    on_breach: BreachAction
    description: str = ""
    limits: tuple[Limit, ...] = ()
    content_rules: tuple[ContentRule, ...] = ()
    alert_tiers: tuple[AlertTier, ...] = DEFAULT_TIERS
    precedence: Precedence = Precedence()
