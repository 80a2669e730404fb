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

class GateState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GATE_STATE_UNSPECIFIED: _ClassVar[GateState]
    GATE_STATE_OPEN: _ClassVar[GateState]
    GATE_STATE_PAUSED: _ClassVar[GateState]
    GATE_STATE_STOPPED: _ClassVar[GateState]
    GATE_STATE_KILLED: _ClassVar[GateState]
    GATE_STATE_CLOSED: _ClassVar[GateState]

class CheckOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHECK_OUTCOME_UNSPECIFIED: _ClassVar[CheckOutcome]
    CHECK_OUTCOME_CONTINUE: _ClassVar[CheckOutcome]
    CHECK_OUTCOME_PAUSE: _ClassVar[CheckOutcome]
    CHECK_OUTCOME_TERMINATE: _ClassVar[CheckOutcome]
GATE_STATE_UNSPECIFIED: GateState
GATE_STATE_OPEN: GateState
GATE_STATE_PAUSED: GateState
GATE_STATE_STOPPED: GateState
GATE_STATE_KILLED: GateState
GATE_STATE_CLOSED: GateState
CHECK_OUTCOME_UNSPECIFIED: CheckOutcome
CHECK_OUTCOME_CONTINUE: CheckOutcome
CHECK_OUTCOME_PAUSE: CheckOutcome
CHECK_OUTCOME_TERMINATE: CheckOutcome

class Gate(_message.Message):
    __slots__ = ("run_id", "state", "epoch", "snapshot_id", "policy_ids", "open_time", "change_time", "reason", "changed_by", "awaits_acknowledgement", "governance_bypassed", "inspection", "on_unreachable", "decision_count", "decisions_root")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_IDS_FIELD_NUMBER: _ClassVar[int]
    OPEN_TIME_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CHANGED_BY_FIELD_NUMBER: _ClassVar[int]
    AWAITS_ACKNOWLEDGEMENT_FIELD_NUMBER: _ClassVar[int]
    GOVERNANCE_BYPASSED_FIELD_NUMBER: _ClassVar[int]
    INSPECTION_FIELD_NUMBER: _ClassVar[int]
    ON_UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    DECISION_COUNT_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_ROOT_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    state: GateState
    epoch: int
    snapshot_id: str
    policy_ids: _containers.RepeatedScalarFieldContainer[str]
    open_time: _timestamp_pb2.Timestamp
    change_time: _timestamp_pb2.Timestamp
    reason: str
    changed_by: str
    awaits_acknowledgement: bool
    governance_bypassed: bool
    inspection: _policy_pb2.Inspection
    on_unreachable: _policy_pb2.FailureMode
    decision_count: int
    decisions_root: str
    def __init__(self, run_id: _Optional[str] = ..., state: _Optional[_Union[GateState, str]] = ..., epoch: _Optional[int] = ..., snapshot_id: _Optional[str] = ..., policy_ids: _Optional[_Iterable[str]] = ..., open_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ..., changed_by: _Optional[str] = ..., awaits_acknowledgement: _Optional[bool] = ..., governance_bypassed: _Optional[bool] = ..., inspection: _Optional[_Union[_policy_pb2.Inspection, _Mapping]] = ..., on_unreachable: _Optional[_Union[_policy_pb2.FailureMode, str]] = ..., decision_count: _Optional[int] = ..., decisions_root: _Optional[str] = ...) -> None: ...
