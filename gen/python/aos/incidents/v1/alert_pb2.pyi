import datetime

from aos.incidents.v1 import incident_pb2 as _incident_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AlertKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALERT_KIND_UNSPECIFIED: _ClassVar[AlertKind]
    ALERT_KIND_NEAR_THRESHOLD: _ClassVar[AlertKind]
    ALERT_KIND_BREACH: _ClassVar[AlertKind]
    ALERT_KIND_INCIDENT: _ClassVar[AlertKind]
    ALERT_KIND_STALE_RUN: _ClassVar[AlertKind]
    ALERT_KIND_PARKED_SAGA: _ClassVar[AlertKind]
    ALERT_KIND_LIVENESS: _ClassVar[AlertKind]
    ALERT_KIND_DIGEST: _ClassVar[AlertKind]
    ALERT_KIND_TEST: _ClassVar[AlertKind]

class AlertChannel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALERT_CHANNEL_UNSPECIFIED: _ClassVar[AlertChannel]
    ALERT_CHANNEL_UI: _ClassVar[AlertChannel]
    ALERT_CHANNEL_WEBHOOK: _ClassVar[AlertChannel]
    ALERT_CHANNEL_EMAIL: _ClassVar[AlertChannel]

class HeldBackReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HELD_BACK_REASON_UNSPECIFIED: _ClassVar[HeldBackReason]
    HELD_BACK_REASON_COOL_DOWN: _ClassVar[HeldBackReason]
    HELD_BACK_REASON_STORM: _ClassVar[HeldBackReason]
ALERT_KIND_UNSPECIFIED: AlertKind
ALERT_KIND_NEAR_THRESHOLD: AlertKind
ALERT_KIND_BREACH: AlertKind
ALERT_KIND_INCIDENT: AlertKind
ALERT_KIND_STALE_RUN: AlertKind
ALERT_KIND_PARKED_SAGA: AlertKind
ALERT_KIND_LIVENESS: AlertKind
ALERT_KIND_DIGEST: AlertKind
ALERT_KIND_TEST: AlertKind
ALERT_CHANNEL_UNSPECIFIED: AlertChannel
ALERT_CHANNEL_UI: AlertChannel
ALERT_CHANNEL_WEBHOOK: AlertChannel
ALERT_CHANNEL_EMAIL: AlertChannel
HELD_BACK_REASON_UNSPECIFIED: HeldBackReason
HELD_BACK_REASON_COOL_DOWN: HeldBackReason
HELD_BACK_REASON_STORM: HeldBackReason

class DigestLine(_message.Message):
    __slots__ = ("kind", "severity", "count")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    kind: AlertKind
    severity: _incident_pb2.Severity
    count: int
    def __init__(self, kind: _Optional[_Union[AlertKind, str]] = ..., severity: _Optional[_Union[_incident_pb2.Severity, str]] = ..., count: _Optional[int] = ...) -> None: ...

class Alert(_message.Message):
    __slots__ = ("id", "create_time", "tenant_id", "project_id", "kind", "severity", "subject", "run_id", "policy_id", "incident_id", "title", "detail", "occur_time", "channels", "held_back", "told_by_alert_id", "held_back_count", "held_back_before_count", "lines", "acknowledged_by", "acknowledge_time", "synthetic_scenario_id", "is_synthetic")
    ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    OCCUR_TIME_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    HELD_BACK_FIELD_NUMBER: _ClassVar[int]
    TOLD_BY_ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    HELD_BACK_COUNT_FIELD_NUMBER: _ClassVar[int]
    HELD_BACK_BEFORE_COUNT_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_BY_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGE_TIME_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    IS_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    id: str
    create_time: _timestamp_pb2.Timestamp
    tenant_id: str
    project_id: str
    kind: AlertKind
    severity: _incident_pb2.Severity
    subject: str
    run_id: str
    policy_id: str
    incident_id: str
    title: str
    detail: str
    occur_time: _timestamp_pb2.Timestamp
    channels: _containers.RepeatedScalarFieldContainer[AlertChannel]
    held_back: HeldBackReason
    told_by_alert_id: str
    held_back_count: int
    held_back_before_count: int
    lines: _containers.RepeatedCompositeFieldContainer[DigestLine]
    acknowledged_by: str
    acknowledge_time: _timestamp_pb2.Timestamp
    synthetic_scenario_id: str
    is_synthetic: bool
    def __init__(self, id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tenant_id: _Optional[str] = ..., project_id: _Optional[str] = ..., kind: _Optional[_Union[AlertKind, str]] = ..., severity: _Optional[_Union[_incident_pb2.Severity, str]] = ..., subject: _Optional[str] = ..., run_id: _Optional[str] = ..., policy_id: _Optional[str] = ..., incident_id: _Optional[str] = ..., title: _Optional[str] = ..., detail: _Optional[str] = ..., occur_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., channels: _Optional[_Iterable[_Union[AlertChannel, str]]] = ..., held_back: _Optional[_Union[HeldBackReason, str]] = ..., told_by_alert_id: _Optional[str] = ..., held_back_count: _Optional[int] = ..., held_back_before_count: _Optional[int] = ..., lines: _Optional[_Iterable[_Union[DigestLine, _Mapping]]] = ..., acknowledged_by: _Optional[str] = ..., acknowledge_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., synthetic_scenario_id: _Optional[str] = ..., is_synthetic: _Optional[bool] = ...) -> None: ...

class AlertSettings(_message.Message):
    __slots__ = ("cool_down_seconds", "storm_threshold_per_minute", "digest_seconds")
    COOL_DOWN_SECONDS_FIELD_NUMBER: _ClassVar[int]
    STORM_THRESHOLD_PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    DIGEST_SECONDS_FIELD_NUMBER: _ClassVar[int]
    cool_down_seconds: int
    storm_threshold_per_minute: int
    digest_seconds: int
    def __init__(self, cool_down_seconds: _Optional[int] = ..., storm_threshold_per_minute: _Optional[int] = ..., digest_seconds: _Optional[int] = ...) -> None: ...
