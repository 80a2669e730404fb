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

class RolloutState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLLOUT_STATE_UNSPECIFIED: _ClassVar[RolloutState]
    ROLLOUT_STATE_SHADOW: _ClassVar[RolloutState]
    ROLLOUT_STATE_CANARY: _ClassVar[RolloutState]
    ROLLOUT_STATE_COMPLETED: _ClassVar[RolloutState]
    ROLLOUT_STATE_ABORTED: _ClassVar[RolloutState]
ROLLOUT_STATE_UNSPECIFIED: RolloutState
ROLLOUT_STATE_SHADOW: RolloutState
ROLLOUT_STATE_CANARY: RolloutState
ROLLOUT_STATE_COMPLETED: RolloutState
ROLLOUT_STATE_ABORTED: RolloutState

class Rollout(_message.Message):
    __slots__ = ("id", "policy_id", "base_version", "candidate_version", "body", "state", "share_percent", "etag", "started_by", "create_time", "update_time", "end_reason")
    ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    BASE_VERSION_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_VERSION_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SHARE_PERCENT_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    STARTED_BY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_REASON_FIELD_NUMBER: _ClassVar[int]
    id: str
    policy_id: str
    base_version: int
    candidate_version: int
    body: _policy_pb2.PolicyBody
    state: RolloutState
    share_percent: int
    etag: str
    started_by: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    end_reason: str
    def __init__(self, id: _Optional[str] = ..., policy_id: _Optional[str] = ..., base_version: _Optional[int] = ..., candidate_version: _Optional[int] = ..., body: _Optional[_Union[_policy_pb2.PolicyBody, _Mapping]] = ..., state: _Optional[_Union[RolloutState, str]] = ..., share_percent: _Optional[int] = ..., etag: _Optional[str] = ..., started_by: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_reason: _Optional[str] = ...) -> None: ...

class ShadowDivergence(_message.Message):
    __slots__ = ("run_id", "step_id", "decision_id", "canary", "in_force_action", "candidate_action", "in_force_rule", "candidate_rule", "estimated_cost_micro_usd", "decide_time")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    CANARY_FIELD_NUMBER: _ClassVar[int]
    IN_FORCE_ACTION_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_ACTION_FIELD_NUMBER: _ClassVar[int]
    IN_FORCE_RULE_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_RULE_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_COST_MICRO_USD_FIELD_NUMBER: _ClassVar[int]
    DECIDE_TIME_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    step_id: str
    decision_id: str
    canary: bool
    in_force_action: _policy_pb2.Action
    candidate_action: _policy_pb2.Action
    in_force_rule: str
    candidate_rule: str
    estimated_cost_micro_usd: int
    decide_time: _timestamp_pb2.Timestamp
    def __init__(self, run_id: _Optional[str] = ..., step_id: _Optional[str] = ..., decision_id: _Optional[str] = ..., canary: _Optional[bool] = ..., in_force_action: _Optional[_Union[_policy_pb2.Action, str]] = ..., candidate_action: _Optional[_Union[_policy_pb2.Action, str]] = ..., in_force_rule: _Optional[str] = ..., candidate_rule: _Optional[str] = ..., estimated_cost_micro_usd: _Optional[int] = ..., decide_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DivergenceReport(_message.Message):
    __slots__ = ("rollout_id", "runs_observed", "runs_candidate_harsher", "runs_candidate_milder", "would_save_micro_usd", "would_cost_micro_usd", "divergences")
    ROLLOUT_ID_FIELD_NUMBER: _ClassVar[int]
    RUNS_OBSERVED_FIELD_NUMBER: _ClassVar[int]
    RUNS_CANDIDATE_HARSHER_FIELD_NUMBER: _ClassVar[int]
    RUNS_CANDIDATE_MILDER_FIELD_NUMBER: _ClassVar[int]
    WOULD_SAVE_MICRO_USD_FIELD_NUMBER: _ClassVar[int]
    WOULD_COST_MICRO_USD_FIELD_NUMBER: _ClassVar[int]
    DIVERGENCES_FIELD_NUMBER: _ClassVar[int]
    rollout_id: str
    runs_observed: int
    runs_candidate_harsher: int
    runs_candidate_milder: int
    would_save_micro_usd: int
    would_cost_micro_usd: int
    divergences: _containers.RepeatedCompositeFieldContainer[ShadowDivergence]
    def __init__(self, rollout_id: _Optional[str] = ..., runs_observed: _Optional[int] = ..., runs_candidate_harsher: _Optional[int] = ..., runs_candidate_milder: _Optional[int] = ..., would_save_micro_usd: _Optional[int] = ..., would_cost_micro_usd: _Optional[int] = ..., divergences: _Optional[_Iterable[_Union[ShadowDivergence, _Mapping]]] = ...) -> None: ...
