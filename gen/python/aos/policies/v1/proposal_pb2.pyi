import datetime

from aos.policies.v1 import policy_pb2 as _policy_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ProposalState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROPOSAL_STATE_UNSPECIFIED: _ClassVar[ProposalState]
    PROPOSAL_STATE_PENDING: _ClassVar[ProposalState]
    PROPOSAL_STATE_APPROVED: _ClassVar[ProposalState]
    PROPOSAL_STATE_REJECTED: _ClassVar[ProposalState]
PROPOSAL_STATE_UNSPECIFIED: ProposalState
PROPOSAL_STATE_PENDING: ProposalState
PROPOSAL_STATE_APPROVED: ProposalState
PROPOSAL_STATE_REJECTED: ProposalState

class Proposal(_message.Message):
    __slots__ = ("id", "triggering_incident_id", "triggering_run_id", "signature", "pattern_id", "body", "rationale", "state", "etag", "created_by", "create_time", "reviewed_by", "review_time", "review_reason", "policy_id", "synthetic_scenario_id", "is_synthetic")
    ID_FIELD_NUMBER: _ClassVar[int]
    TRIGGERING_INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    TRIGGERING_RUN_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    PATTERN_ID_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    RATIONALE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    REVIEWED_BY_FIELD_NUMBER: _ClassVar[int]
    REVIEW_TIME_FIELD_NUMBER: _ClassVar[int]
    REVIEW_REASON_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    IS_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    id: str
    triggering_incident_id: str
    triggering_run_id: str
    signature: str
    pattern_id: str
    body: _policy_pb2.PolicyBody
    rationale: str
    state: ProposalState
    etag: str
    created_by: str
    create_time: _timestamp_pb2.Timestamp
    reviewed_by: str
    review_time: _timestamp_pb2.Timestamp
    review_reason: str
    policy_id: str
    synthetic_scenario_id: str
    is_synthetic: bool
    def __init__(self, id: _Optional[str] = ..., triggering_incident_id: _Optional[str] = ..., triggering_run_id: _Optional[str] = ..., signature: _Optional[str] = ..., pattern_id: _Optional[str] = ..., body: _Optional[_Union[_policy_pb2.PolicyBody, _Mapping]] = ..., rationale: _Optional[str] = ..., state: _Optional[_Union[ProposalState, str]] = ..., etag: _Optional[str] = ..., created_by: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reviewed_by: _Optional[str] = ..., review_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., review_reason: _Optional[str] = ..., policy_id: _Optional[str] = ..., synthetic_scenario_id: _Optional[str] = ..., is_synthetic: _Optional[bool] = ...) -> None: ...

class BacktestedRun(_message.Message):
    __slots__ = ("run_id", "action", "step_id", "limit_name", "value", "threshold", "steps_prevented", "cost_prevented_micro_usd")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    STEPS_PREVENTED_FIELD_NUMBER: _ClassVar[int]
    COST_PREVENTED_MICRO_USD_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    action: _policy_pb2.Action
    step_id: str
    limit_name: str
    value: int
    threshold: int
    steps_prevented: int
    cost_prevented_micro_usd: int
    def __init__(self, run_id: _Optional[str] = ..., action: _Optional[_Union[_policy_pb2.Action, str]] = ..., step_id: _Optional[str] = ..., limit_name: _Optional[str] = ..., value: _Optional[int] = ..., threshold: _Optional[int] = ..., steps_prevented: _Optional[int] = ..., cost_prevented_micro_usd: _Optional[int] = ...) -> None: ...

class Backtest(_message.Message):
    __slots__ = ("run_count", "runs_in_scope", "step_count", "runs_touched", "content_left_out", "truncated")
    RUN_COUNT_FIELD_NUMBER: _ClassVar[int]
    RUNS_IN_SCOPE_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    RUNS_TOUCHED_FIELD_NUMBER: _ClassVar[int]
    CONTENT_LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    run_count: int
    runs_in_scope: int
    step_count: int
    runs_touched: _containers.RepeatedCompositeFieldContainer[BacktestedRun]
    content_left_out: bool
    truncated: bool
    def __init__(self, run_count: _Optional[int] = ..., runs_in_scope: _Optional[int] = ..., step_count: _Optional[int] = ..., runs_touched: _Optional[_Iterable[_Union[BacktestedRun, _Mapping]]] = ..., content_left_out: _Optional[bool] = ..., truncated: _Optional[bool] = ...) -> None: ...
