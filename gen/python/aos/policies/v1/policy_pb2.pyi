import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PolicyState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POLICY_STATE_UNSPECIFIED: _ClassVar[PolicyState]
    POLICY_STATE_DRAFT: _ClassVar[PolicyState]
    POLICY_STATE_ACTIVE: _ClassVar[PolicyState]
    POLICY_STATE_SUSPENDED: _ClassVar[PolicyState]
    POLICY_STATE_RETIRED: _ClassVar[PolicyState]

class PolicySource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POLICY_SOURCE_UNSPECIFIED: _ClassVar[PolicySource]
    POLICY_SOURCE_MANUAL: _ClassVar[PolicySource]
    POLICY_SOURCE_LEARNED: _ClassVar[PolicySource]
    POLICY_SOURCE_DEFAULT: _ClassVar[PolicySource]

class ScopeType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCOPE_TYPE_UNSPECIFIED: _ClassVar[ScopeType]
    SCOPE_TYPE_ALL_RUNS: _ClassVar[ScopeType]
    SCOPE_TYPE_TENANT: _ClassVar[ScopeType]
    SCOPE_TYPE_PROJECT: _ClassVar[ScopeType]
    SCOPE_TYPE_AGENT: _ClassVar[ScopeType]
    SCOPE_TYPE_API_KEY: _ClassVar[ScopeType]
    SCOPE_TYPE_HUMAN_ACTOR: _ClassVar[ScopeType]

class Monitor(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MONITOR_UNSPECIFIED: _ClassVar[Monitor]
    MONITOR_TOKENS: _ClassVar[Monitor]
    MONITOR_COST: _ClassVar[Monitor]
    MONITOR_RATE: _ClassVar[Monitor]
    MONITOR_BURN_RATE: _ClassVar[Monitor]
    MONITOR_STEPS: _ClassVar[Monitor]
    MONITOR_DURATION: _ClassVar[Monitor]
    MONITOR_RAG_ACCESS: _ClassVar[Monitor]
    MONITOR_DATABASE_QUERIES: _ClassVar[Monitor]
    MONITOR_CONTENT: _ClassVar[Monitor]
    MONITOR_PII: _ClassVar[Monitor]
    MONITOR_SAFETY: _ClassVar[Monitor]
    MONITOR_HALLUCINATION: _ClassVar[Monitor]

class LimitType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIMIT_TYPE_UNSPECIFIED: _ClassVar[LimitType]
    LIMIT_TYPE_INPUT_TOKENS: _ClassVar[LimitType]
    LIMIT_TYPE_OUTPUT_TOKENS: _ClassVar[LimitType]
    LIMIT_TYPE_TOTAL_TOKENS: _ClassVar[LimitType]
    LIMIT_TYPE_COST_MICRO_USD: _ClassVar[LimitType]
    LIMIT_TYPE_CALLS: _ClassVar[LimitType]
    LIMIT_TYPE_BURN_RATE_MICRO_USD_PER_MINUTE: _ClassVar[LimitType]
    LIMIT_TYPE_STEPS: _ClassVar[LimitType]
    LIMIT_TYPE_DURATION_MS: _ClassVar[LimitType]
    LIMIT_TYPE_RAG_ACCESS: _ClassVar[LimitType]
    LIMIT_TYPE_DATABASE_QUERIES: _ClassVar[LimitType]

class LimitWindow(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIMIT_WINDOW_UNSPECIFIED: _ClassVar[LimitWindow]
    LIMIT_WINDOW_PER_RUN: _ClassVar[LimitWindow]
    LIMIT_WINDOW_PER_SESSION: _ClassVar[LimitWindow]
    LIMIT_WINDOW_SLIDING: _ClassVar[LimitWindow]
    LIMIT_WINDOW_CALENDAR_DAY: _ClassVar[LimitWindow]
    LIMIT_WINDOW_CALENDAR_MONTH: _ClassVar[LimitWindow]

class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTION_UNSPECIFIED: _ClassVar[Action]
    ACTION_CONTINUE: _ClassVar[Action]
    ACTION_WARN: _ClassVar[Action]
    ACTION_PAUSE: _ClassVar[Action]
    ACTION_STOP: _ClassVar[Action]
    ACTION_KILL: _ClassVar[Action]

class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANNEL_UNSPECIFIED: _ClassVar[Channel]
    CHANNEL_UI: _ClassVar[Channel]
    CHANNEL_WEBHOOK: _ClassVar[Channel]
    CHANNEL_EMAIL: _ClassVar[Channel]

class BindAt(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BIND_AT_UNSPECIFIED: _ClassVar[BindAt]
    BIND_AT_RUN_START: _ClassVar[BindAt]
    BIND_AT_FIRST_TOKEN: _ClassVar[BindAt]
    BIND_AT_EACH_STEP: _ClassVar[BindAt]

class FailureMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAILURE_MODE_UNSPECIFIED: _ClassVar[FailureMode]
    FAILURE_MODE_FAIL_CLOSED: _ClassVar[FailureMode]
    FAILURE_MODE_FAIL_OPEN: _ClassVar[FailureMode]

class Detector(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DETECTOR_UNSPECIFIED: _ClassVar[Detector]
    DETECTOR_PII: _ClassVar[Detector]
    DETECTOR_SECRETS: _ClassVar[Detector]
    DETECTOR_WORDS: _ClassVar[Detector]
    DETECTOR_EXPRESSIONS: _ClassVar[Detector]
    DETECTOR_SAFETY: _ClassVar[Detector]
POLICY_STATE_UNSPECIFIED: PolicyState
POLICY_STATE_DRAFT: PolicyState
POLICY_STATE_ACTIVE: PolicyState
POLICY_STATE_SUSPENDED: PolicyState
POLICY_STATE_RETIRED: PolicyState
POLICY_SOURCE_UNSPECIFIED: PolicySource
POLICY_SOURCE_MANUAL: PolicySource
POLICY_SOURCE_LEARNED: PolicySource
POLICY_SOURCE_DEFAULT: PolicySource
SCOPE_TYPE_UNSPECIFIED: ScopeType
SCOPE_TYPE_ALL_RUNS: ScopeType
SCOPE_TYPE_TENANT: ScopeType
SCOPE_TYPE_PROJECT: ScopeType
SCOPE_TYPE_AGENT: ScopeType
SCOPE_TYPE_API_KEY: ScopeType
SCOPE_TYPE_HUMAN_ACTOR: ScopeType
MONITOR_UNSPECIFIED: Monitor
MONITOR_TOKENS: Monitor
MONITOR_COST: Monitor
MONITOR_RATE: Monitor
MONITOR_BURN_RATE: Monitor
MONITOR_STEPS: Monitor
MONITOR_DURATION: Monitor
MONITOR_RAG_ACCESS: Monitor
MONITOR_DATABASE_QUERIES: Monitor
MONITOR_CONTENT: Monitor
MONITOR_PII: Monitor
MONITOR_SAFETY: Monitor
MONITOR_HALLUCINATION: Monitor
LIMIT_TYPE_UNSPECIFIED: LimitType
LIMIT_TYPE_INPUT_TOKENS: LimitType
LIMIT_TYPE_OUTPUT_TOKENS: LimitType
LIMIT_TYPE_TOTAL_TOKENS: LimitType
LIMIT_TYPE_COST_MICRO_USD: LimitType
LIMIT_TYPE_CALLS: LimitType
LIMIT_TYPE_BURN_RATE_MICRO_USD_PER_MINUTE: LimitType
LIMIT_TYPE_STEPS: LimitType
LIMIT_TYPE_DURATION_MS: LimitType
LIMIT_TYPE_RAG_ACCESS: LimitType
LIMIT_TYPE_DATABASE_QUERIES: LimitType
LIMIT_WINDOW_UNSPECIFIED: LimitWindow
LIMIT_WINDOW_PER_RUN: LimitWindow
LIMIT_WINDOW_PER_SESSION: LimitWindow
LIMIT_WINDOW_SLIDING: LimitWindow
LIMIT_WINDOW_CALENDAR_DAY: LimitWindow
LIMIT_WINDOW_CALENDAR_MONTH: LimitWindow
ACTION_UNSPECIFIED: Action
ACTION_CONTINUE: Action
ACTION_WARN: Action
ACTION_PAUSE: Action
ACTION_STOP: Action
ACTION_KILL: Action
CHANNEL_UNSPECIFIED: Channel
CHANNEL_UI: Channel
CHANNEL_WEBHOOK: Channel
CHANNEL_EMAIL: Channel
BIND_AT_UNSPECIFIED: BindAt
BIND_AT_RUN_START: BindAt
BIND_AT_FIRST_TOKEN: BindAt
BIND_AT_EACH_STEP: BindAt
FAILURE_MODE_UNSPECIFIED: FailureMode
FAILURE_MODE_FAIL_CLOSED: FailureMode
FAILURE_MODE_FAIL_OPEN: FailureMode
DETECTOR_UNSPECIFIED: Detector
DETECTOR_PII: Detector
DETECTOR_SECRETS: Detector
DETECTOR_WORDS: Detector
DETECTOR_EXPRESSIONS: Detector
DETECTOR_SAFETY: Detector

class Scope(_message.Message):
    __slots__ = ("type", "ids")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    type: ScopeType
    ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, type: _Optional[_Union[ScopeType, str]] = ..., ids: _Optional[_Iterable[str]] = ...) -> None: ...

class Inspection(_message.Message):
    __slots__ = ("allow_prompt_logging", "allow_response_logging", "allow_pii_capture", "allow_secret_access")
    ALLOW_PROMPT_LOGGING_FIELD_NUMBER: _ClassVar[int]
    ALLOW_RESPONSE_LOGGING_FIELD_NUMBER: _ClassVar[int]
    ALLOW_PII_CAPTURE_FIELD_NUMBER: _ClassVar[int]
    ALLOW_SECRET_ACCESS_FIELD_NUMBER: _ClassVar[int]
    allow_prompt_logging: bool
    allow_response_logging: bool
    allow_pii_capture: bool
    allow_secret_access: bool
    def __init__(self, allow_prompt_logging: _Optional[bool] = ..., allow_response_logging: _Optional[bool] = ..., allow_pii_capture: _Optional[bool] = ..., allow_secret_access: _Optional[bool] = ...) -> None: ...

class MonitorConfig(_message.Message):
    __slots__ = ("watched", "allowed_plane_ids", "inspection")
    WATCHED_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_PLANE_IDS_FIELD_NUMBER: _ClassVar[int]
    INSPECTION_FIELD_NUMBER: _ClassVar[int]
    watched: _containers.RepeatedScalarFieldContainer[Monitor]
    allowed_plane_ids: _containers.RepeatedScalarFieldContainer[str]
    inspection: Inspection
    def __init__(self, watched: _Optional[_Iterable[_Union[Monitor, str]]] = ..., allowed_plane_ids: _Optional[_Iterable[str]] = ..., inspection: _Optional[_Union[Inspection, _Mapping]] = ...) -> None: ...

class Limit(_message.Message):
    __slots__ = ("name", "type", "maximum", "window", "window_seconds")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    WINDOW_SECONDS_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: LimitType
    maximum: int
    window: LimitWindow
    window_seconds: int
    def __init__(self, name: _Optional[str] = ..., type: _Optional[_Union[LimitType, str]] = ..., maximum: _Optional[int] = ..., window: _Optional[_Union[LimitWindow, str]] = ..., window_seconds: _Optional[int] = ...) -> None: ...

class BreachAction(_message.Message):
    __slots__ = ("action", "requires_ack")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    REQUIRES_ACK_FIELD_NUMBER: _ClassVar[int]
    action: Action
    requires_ack: bool
    def __init__(self, action: _Optional[_Union[Action, str]] = ..., requires_ack: _Optional[bool] = ...) -> None: ...

class AlertTier(_message.Message):
    __slots__ = ("percent", "channels")
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    percent: int
    channels: _containers.RepeatedScalarFieldContainer[Channel]
    def __init__(self, percent: _Optional[int] = ..., channels: _Optional[_Iterable[_Union[Channel, str]]] = ...) -> None: ...

class Precedence(_message.Message):
    __slots__ = ("order", "bind_at", "failure_mode")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    BIND_AT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_MODE_FIELD_NUMBER: _ClassVar[int]
    order: int
    bind_at: BindAt
    failure_mode: FailureMode
    def __init__(self, order: _Optional[int] = ..., bind_at: _Optional[_Union[BindAt, str]] = ..., failure_mode: _Optional[_Union[FailureMode, str]] = ...) -> None: ...

class ContentRule(_message.Message):
    __slots__ = ("name", "detector", "terms")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DETECTOR_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    name: str
    detector: Detector
    terms: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., detector: _Optional[_Union[Detector, str]] = ..., terms: _Optional[_Iterable[str]] = ...) -> None: ...

class PolicyBody(_message.Message):
    __slots__ = ("name", "description", "scope", "monitors", "limits", "content_rules", "on_breach", "alert_tiers", "precedence")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    MONITORS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    CONTENT_RULES_FIELD_NUMBER: _ClassVar[int]
    ON_BREACH_FIELD_NUMBER: _ClassVar[int]
    ALERT_TIERS_FIELD_NUMBER: _ClassVar[int]
    PRECEDENCE_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    scope: Scope
    monitors: MonitorConfig
    limits: _containers.RepeatedCompositeFieldContainer[Limit]
    content_rules: _containers.RepeatedCompositeFieldContainer[ContentRule]
    on_breach: BreachAction
    alert_tiers: _containers.RepeatedCompositeFieldContainer[AlertTier]
    precedence: Precedence
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., scope: _Optional[_Union[Scope, _Mapping]] = ..., monitors: _Optional[_Union[MonitorConfig, _Mapping]] = ..., limits: _Optional[_Iterable[_Union[Limit, _Mapping]]] = ..., content_rules: _Optional[_Iterable[_Union[ContentRule, _Mapping]]] = ..., on_breach: _Optional[_Union[BreachAction, _Mapping]] = ..., alert_tiers: _Optional[_Iterable[_Union[AlertTier, _Mapping]]] = ..., precedence: _Optional[_Union[Precedence, _Mapping]] = ...) -> None: ...

class Policy(_message.Message):
    __slots__ = ("id", "tenant_id", "body", "state", "version", "source", "etag", "create_time", "update_time", "created_by", "retire_reason", "content_hash", "origin_id")
    ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    RETIRE_REASON_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    tenant_id: str
    body: PolicyBody
    state: PolicyState
    version: int
    source: PolicySource
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    created_by: str
    retire_reason: str
    content_hash: str
    origin_id: str
    def __init__(self, id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., body: _Optional[_Union[PolicyBody, _Mapping]] = ..., state: _Optional[_Union[PolicyState, str]] = ..., version: _Optional[int] = ..., source: _Optional[_Union[PolicySource, str]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., created_by: _Optional[str] = ..., retire_reason: _Optional[str] = ..., content_hash: _Optional[str] = ..., origin_id: _Optional[str] = ...) -> None: ...
