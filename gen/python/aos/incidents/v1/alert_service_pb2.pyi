import datetime

from aos.incidents.v1 import alert_pb2 as _alert_pb2
from aos.incidents.v1 import incident_pb2 as _incident_pb2
from aos.options.v1 import access_pb2 as _access_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RaiseAlertRequest(_message.Message):
    __slots__ = ("request_id", "kind", "severity", "subject", "dedupe_key", "title", "detail", "run_id", "policy_id", "project_id", "occur_time", "channels", "synthetic_scenario_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    DEDUPE_KEY_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    OCCUR_TIME_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    kind: _alert_pb2.AlertKind
    severity: _incident_pb2.Severity
    subject: str
    dedupe_key: str
    title: str
    detail: str
    run_id: str
    policy_id: str
    project_id: str
    occur_time: _timestamp_pb2.Timestamp
    channels: _containers.RepeatedScalarFieldContainer[_alert_pb2.AlertChannel]
    synthetic_scenario_id: str
    def __init__(self, request_id: _Optional[str] = ..., kind: _Optional[_Union[_alert_pb2.AlertKind, str]] = ..., severity: _Optional[_Union[_incident_pb2.Severity, str]] = ..., subject: _Optional[str] = ..., dedupe_key: _Optional[str] = ..., title: _Optional[str] = ..., detail: _Optional[str] = ..., run_id: _Optional[str] = ..., policy_id: _Optional[str] = ..., project_id: _Optional[str] = ..., occur_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., channels: _Optional[_Iterable[_Union[_alert_pb2.AlertChannel, str]]] = ..., synthetic_scenario_id: _Optional[str] = ...) -> None: ...

class RaiseAlertResponse(_message.Message):
    __slots__ = ("alert",)
    ALERT_FIELD_NUMBER: _ClassVar[int]
    alert: _alert_pb2.Alert
    def __init__(self, alert: _Optional[_Union[_alert_pb2.Alert, _Mapping]] = ...) -> None: ...

class GetAlertRequest(_message.Message):
    __slots__ = ("alert_id",)
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    alert_id: str
    def __init__(self, alert_id: _Optional[str] = ...) -> None: ...

class GetAlertResponse(_message.Message):
    __slots__ = ("alert",)
    ALERT_FIELD_NUMBER: _ClassVar[int]
    alert: _alert_pb2.Alert
    def __init__(self, alert: _Optional[_Union[_alert_pb2.Alert, _Mapping]] = ...) -> None: ...

class ListAlertsRequest(_message.Message):
    __slots__ = ("kind", "minimum_severity", "run_id", "held_back", "told_by_alert_id", "exclude_synthetic", "page_size", "page_token")
    KIND_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_SEVERITY_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    HELD_BACK_FIELD_NUMBER: _ClassVar[int]
    TOLD_BY_ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    kind: _alert_pb2.AlertKind
    minimum_severity: _incident_pb2.Severity
    run_id: str
    held_back: bool
    told_by_alert_id: str
    exclude_synthetic: bool
    page_size: int
    page_token: str
    def __init__(self, kind: _Optional[_Union[_alert_pb2.AlertKind, str]] = ..., minimum_severity: _Optional[_Union[_incident_pb2.Severity, str]] = ..., run_id: _Optional[str] = ..., held_back: _Optional[bool] = ..., told_by_alert_id: _Optional[str] = ..., exclude_synthetic: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAlertsResponse(_message.Message):
    __slots__ = ("alerts", "next_page_token")
    ALERTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    alerts: _containers.RepeatedCompositeFieldContainer[_alert_pb2.Alert]
    next_page_token: str
    def __init__(self, alerts: _Optional[_Iterable[_Union[_alert_pb2.Alert, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AcknowledgeAlertRequest(_message.Message):
    __slots__ = ("request_id", "alert_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    alert_id: str
    def __init__(self, request_id: _Optional[str] = ..., alert_id: _Optional[str] = ...) -> None: ...

class AcknowledgeAlertResponse(_message.Message):
    __slots__ = ("alert",)
    ALERT_FIELD_NUMBER: _ClassVar[int]
    alert: _alert_pb2.Alert
    def __init__(self, alert: _Optional[_Union[_alert_pb2.Alert, _Mapping]] = ...) -> None: ...

class GetAlertSettingsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetAlertSettingsResponse(_message.Message):
    __slots__ = ("settings", "etag")
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    settings: _alert_pb2.AlertSettings
    etag: str
    def __init__(self, settings: _Optional[_Union[_alert_pb2.AlertSettings, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class UpdateAlertSettingsRequest(_message.Message):
    __slots__ = ("request_id", "settings", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    settings: _alert_pb2.AlertSettings
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., settings: _Optional[_Union[_alert_pb2.AlertSettings, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class UpdateAlertSettingsResponse(_message.Message):
    __slots__ = ("settings", "etag")
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    settings: _alert_pb2.AlertSettings
    etag: str
    def __init__(self, settings: _Optional[_Union[_alert_pb2.AlertSettings, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...
