import datetime

from aos.policies.v1 import policy_pb2 as _policy_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StepKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STEP_KIND_UNSPECIFIED: _ClassVar[StepKind]
    STEP_KIND_MODEL_CALL: _ClassVar[StepKind]
    STEP_KIND_TOOL_CALL: _ClassVar[StepKind]
    STEP_KIND_RETRIEVAL: _ClassVar[StepKind]
    STEP_KIND_DATABASE_QUERY: _ClassVar[StepKind]
    STEP_KIND_OTHER: _ClassVar[StepKind]

class DecisionReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DECISION_REASON_UNSPECIFIED: _ClassVar[DecisionReason]
    DECISION_REASON_ALLOWED: _ClassVar[DecisionReason]
    DECISION_REASON_BREACH: _ClassVar[DecisionReason]
    DECISION_REASON_GATE: _ClassVar[DecisionReason]
    DECISION_REASON_FAULT: _ClassVar[DecisionReason]
    DECISION_REASON_AWAITS_ACKNOWLEDGEMENT: _ClassVar[DecisionReason]
STEP_KIND_UNSPECIFIED: StepKind
STEP_KIND_MODEL_CALL: StepKind
STEP_KIND_TOOL_CALL: StepKind
STEP_KIND_RETRIEVAL: StepKind
STEP_KIND_DATABASE_QUERY: StepKind
STEP_KIND_OTHER: StepKind
DECISION_REASON_UNSPECIFIED: DecisionReason
DECISION_REASON_ALLOWED: DecisionReason
DECISION_REASON_BREACH: DecisionReason
DECISION_REASON_GATE: DecisionReason
DECISION_REASON_FAULT: DecisionReason
DECISION_REASON_AWAITS_ACKNOWLEDGEMENT: DecisionReason

class StepQuestion(_message.Message):
    __slots__ = ("run_id", "step_id", "kind", "estimated_input_tokens", "estimated_output_tokens", "estimated_cost_micro_usd", "plane_id", "content", "skill_name")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_COST_MICRO_USD_FIELD_NUMBER: _ClassVar[int]
    PLANE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    SKILL_NAME_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    step_id: str
    kind: StepKind
    estimated_input_tokens: int
    estimated_output_tokens: int
    estimated_cost_micro_usd: int
    plane_id: str
    content: str
    skill_name: str
    def __init__(self, run_id: _Optional[str] = ..., step_id: _Optional[str] = ..., kind: _Optional[_Union[StepKind, str]] = ..., estimated_input_tokens: _Optional[int] = ..., estimated_output_tokens: _Optional[int] = ..., estimated_cost_micro_usd: _Optional[int] = ..., plane_id: _Optional[str] = ..., content: _Optional[str] = ..., skill_name: _Optional[str] = ...) -> None: ...

class Finding(_message.Message):
    __slots__ = ("policy_id", "policy_version", "limit_name", "limit_type", "breach", "value", "threshold", "proximity_percent", "tier", "action", "set_aside", "detail")
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_TYPE_FIELD_NUMBER: _ClassVar[int]
    BREACH_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    PROXIMITY_PERCENT_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    SET_ASIDE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    policy_id: str
    policy_version: int
    limit_name: str
    limit_type: _policy_pb2.LimitType
    breach: bool
    value: int
    threshold: int
    proximity_percent: int
    tier: int
    action: _policy_pb2.Action
    set_aside: str
    detail: str
    def __init__(self, policy_id: _Optional[str] = ..., policy_version: _Optional[int] = ..., limit_name: _Optional[str] = ..., limit_type: _Optional[_Union[_policy_pb2.LimitType, str]] = ..., breach: _Optional[bool] = ..., value: _Optional[int] = ..., threshold: _Optional[int] = ..., proximity_percent: _Optional[int] = ..., tier: _Optional[int] = ..., action: _Optional[_Union[_policy_pb2.Action, str]] = ..., set_aside: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("decision_id", "run_id", "step_id", "action", "reason", "winner", "others", "requires_ack", "gate_epoch", "bypassed", "fault", "decide_time", "reservation_expire_time")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    WINNER_FIELD_NUMBER: _ClassVar[int]
    OTHERS_FIELD_NUMBER: _ClassVar[int]
    REQUIRES_ACK_FIELD_NUMBER: _ClassVar[int]
    GATE_EPOCH_FIELD_NUMBER: _ClassVar[int]
    BYPASSED_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    DECIDE_TIME_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    run_id: str
    step_id: str
    action: _policy_pb2.Action
    reason: DecisionReason
    winner: Finding
    others: _containers.RepeatedCompositeFieldContainer[Finding]
    requires_ack: bool
    gate_epoch: int
    bypassed: bool
    fault: str
    decide_time: _timestamp_pb2.Timestamp
    reservation_expire_time: _timestamp_pb2.Timestamp
    def __init__(self, decision_id: _Optional[str] = ..., run_id: _Optional[str] = ..., step_id: _Optional[str] = ..., action: _Optional[_Union[_policy_pb2.Action, str]] = ..., reason: _Optional[_Union[DecisionReason, str]] = ..., winner: _Optional[_Union[Finding, _Mapping]] = ..., others: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ..., requires_ack: _Optional[bool] = ..., gate_epoch: _Optional[int] = ..., bypassed: _Optional[bool] = ..., fault: _Optional[str] = ..., decide_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reservation_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("reason", "message", "field", "retryable")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    RETRYABLE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    message: str
    field: str
    retryable: bool
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ..., field: _Optional[str] = ..., retryable: _Optional[bool] = ...) -> None: ...

class Admission(_message.Message):
    __slots__ = ("decision", "refusal")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    decision: Decision
    refusal: Refusal
    def __init__(self, decision: _Optional[_Union[Decision, _Mapping]] = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class StepUse(_message.Message):
    __slots__ = ("run_id", "step_id", "input_tokens", "output_tokens", "cost_micro_usd", "not_taken")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COST_MICRO_USD_FIELD_NUMBER: _ClassVar[int]
    NOT_TAKEN_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    step_id: str
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int
    not_taken: bool
    def __init__(self, run_id: _Optional[str] = ..., step_id: _Optional[str] = ..., input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., cost_micro_usd: _Optional[int] = ..., not_taken: _Optional[bool] = ...) -> None: ...

class Settlement(_message.Message):
    __slots__ = ("settled", "refusal")
    SETTLED_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    settled: Settled
    refusal: Refusal
    def __init__(self, settled: _Optional[_Union[Settled, _Mapping]] = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class Settled(_message.Message):
    __slots__ = ("run_id", "step_id", "overage", "frozen", "late")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    OVERAGE_FIELD_NUMBER: _ClassVar[int]
    FROZEN_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    step_id: str
    overage: int
    frozen: bool
    late: bool
    def __init__(self, run_id: _Optional[str] = ..., step_id: _Optional[str] = ..., overage: _Optional[int] = ..., frozen: _Optional[bool] = ..., late: _Optional[bool] = ...) -> None: ...
