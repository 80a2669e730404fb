import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SignalKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIGNAL_KIND_UNSPECIFIED: _ClassVar[SignalKind]
    SIGNAL_KIND_NEAR_THRESHOLD: _ClassVar[SignalKind]
    SIGNAL_KIND_STALE_RUN: _ClassVar[SignalKind]
    SIGNAL_KIND_FAILING_AGENT: _ClassVar[SignalKind]
    SIGNAL_KIND_COST_ANOMALY: _ClassVar[SignalKind]

class SignalState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIGNAL_STATE_UNSPECIFIED: _ClassVar[SignalState]
    SIGNAL_STATE_OPEN: _ClassVar[SignalState]
    SIGNAL_STATE_ACKNOWLEDGED: _ClassVar[SignalState]
    SIGNAL_STATE_SUPPRESSED: _ClassVar[SignalState]
SIGNAL_KIND_UNSPECIFIED: SignalKind
SIGNAL_KIND_NEAR_THRESHOLD: SignalKind
SIGNAL_KIND_STALE_RUN: SignalKind
SIGNAL_KIND_FAILING_AGENT: SignalKind
SIGNAL_KIND_COST_ANOMALY: SignalKind
SIGNAL_STATE_UNSPECIFIED: SignalState
SIGNAL_STATE_OPEN: SignalState
SIGNAL_STATE_ACKNOWLEDGED: SignalState
SIGNAL_STATE_SUPPRESSED: SignalState

class Signal(_message.Message):
    __slots__ = ("id", "create_time", "update_time", "tenant_id", "project_id", "kind", "subject_id", "run_id", "detail", "state", "suppress_until_time", "actor_id", "reason", "is_synthetic", "synthetic_scenario_id")
    ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SUPPRESS_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    IS_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    tenant_id: str
    project_id: str
    kind: SignalKind
    subject_id: str
    run_id: str
    detail: str
    state: SignalState
    suppress_until_time: _timestamp_pb2.Timestamp
    actor_id: str
    reason: str
    is_synthetic: bool
    synthetic_scenario_id: str
    def __init__(self, id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tenant_id: _Optional[str] = ..., project_id: _Optional[str] = ..., kind: _Optional[_Union[SignalKind, str]] = ..., subject_id: _Optional[str] = ..., run_id: _Optional[str] = ..., detail: _Optional[str] = ..., state: _Optional[_Union[SignalState, str]] = ..., suppress_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., actor_id: _Optional[str] = ..., reason: _Optional[str] = ..., is_synthetic: _Optional[bool] = ..., synthetic_scenario_id: _Optional[str] = ...) -> None: ...
