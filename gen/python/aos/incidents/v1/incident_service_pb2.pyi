import datetime

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

class CreateIncidentRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "subject", "policy_id", "trigger_type", "category", "blocking", "detail", "step_index", "step_id", "occur_time", "limit_name", "value", "threshold", "unit", "decision_id", "action", "synthetic_scenario_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_TYPE_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    BLOCKING_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    OCCUR_TIME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    subject: str
    policy_id: str
    trigger_type: _incident_pb2.TriggerType
    category: _incident_pb2.Category
    blocking: bool
    detail: str
    step_index: int
    step_id: str
    occur_time: _timestamp_pb2.Timestamp
    limit_name: str
    value: int
    threshold: int
    unit: str
    decision_id: str
    action: str
    synthetic_scenario_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., subject: _Optional[str] = ..., policy_id: _Optional[str] = ..., trigger_type: _Optional[_Union[_incident_pb2.TriggerType, str]] = ..., category: _Optional[_Union[_incident_pb2.Category, str]] = ..., blocking: _Optional[bool] = ..., detail: _Optional[str] = ..., step_index: _Optional[int] = ..., step_id: _Optional[str] = ..., occur_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., limit_name: _Optional[str] = ..., value: _Optional[int] = ..., threshold: _Optional[int] = ..., unit: _Optional[str] = ..., decision_id: _Optional[str] = ..., action: _Optional[str] = ..., synthetic_scenario_id: _Optional[str] = ...) -> None: ...

class CreateIncidentResponse(_message.Message):
    __slots__ = ("violation", "incident")
    VIOLATION_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    violation: _incident_pb2.Violation
    incident: _incident_pb2.Incident
    def __init__(self, violation: _Optional[_Union[_incident_pb2.Violation, _Mapping]] = ..., incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class GetIncidentRequest(_message.Message):
    __slots__ = ("incident_id",)
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    incident_id: str
    def __init__(self, incident_id: _Optional[str] = ...) -> None: ...

class GetIncidentResponse(_message.Message):
    __slots__ = ("incident", "evidence", "suggestions", "recurrence_count", "first_time")
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    SUGGESTIONS_FIELD_NUMBER: _ClassVar[int]
    RECURRENCE_COUNT_FIELD_NUMBER: _ClassVar[int]
    FIRST_TIME_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    evidence: _containers.RepeatedCompositeFieldContainer[_incident_pb2.Evidence]
    suggestions: _containers.RepeatedCompositeFieldContainer[_incident_pb2.Suggestion]
    recurrence_count: int
    first_time: _timestamp_pb2.Timestamp
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ..., evidence: _Optional[_Iterable[_Union[_incident_pb2.Evidence, _Mapping]]] = ..., suggestions: _Optional[_Iterable[_Union[_incident_pb2.Suggestion, _Mapping]]] = ..., recurrence_count: _Optional[int] = ..., first_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListIncidentsRequest(_message.Message):
    __slots__ = ("status", "category", "minimum_severity", "run_id", "policy_id", "agent_id", "assignee", "signature", "exclude_synthetic", "page_size", "page_token")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_SEVERITY_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    status: _incident_pb2.IncidentStatus
    category: _incident_pb2.Category
    minimum_severity: _incident_pb2.Severity
    run_id: str
    policy_id: str
    agent_id: str
    assignee: str
    signature: str
    exclude_synthetic: bool
    page_size: int
    page_token: str
    def __init__(self, status: _Optional[_Union[_incident_pb2.IncidentStatus, str]] = ..., category: _Optional[_Union[_incident_pb2.Category, str]] = ..., minimum_severity: _Optional[_Union[_incident_pb2.Severity, str]] = ..., run_id: _Optional[str] = ..., policy_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., assignee: _Optional[str] = ..., signature: _Optional[str] = ..., exclude_synthetic: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListIncidentsResponse(_message.Message):
    __slots__ = ("incidents", "next_page_token")
    INCIDENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    incidents: _containers.RepeatedCompositeFieldContainer[_incident_pb2.Incident]
    next_page_token: str
    def __init__(self, incidents: _Optional[_Iterable[_Union[_incident_pb2.Incident, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListIncidentGroupsRequest(_message.Message):
    __slots__ = ("include_resolved", "page_size", "page_token")
    INCLUDE_RESOLVED_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    include_resolved: bool
    page_size: int
    page_token: str
    def __init__(self, include_resolved: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListIncidentGroupsResponse(_message.Message):
    __slots__ = ("groups", "next_page_token")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[_incident_pb2.IncidentGroup]
    next_page_token: str
    def __init__(self, groups: _Optional[_Iterable[_Union[_incident_pb2.IncidentGroup, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListTimelineRequest(_message.Message):
    __slots__ = ("incident_id", "page_size", "page_token")
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    incident_id: str
    page_size: int
    page_token: str
    def __init__(self, incident_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTimelineResponse(_message.Message):
    __slots__ = ("events", "next_page_token")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_incident_pb2.TimelineEvent]
    next_page_token: str
    def __init__(self, events: _Optional[_Iterable[_Union[_incident_pb2.TimelineEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListViolationsRequest(_message.Message):
    __slots__ = ("incident_id", "run_id", "conclusion", "page_size", "page_token")
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    CONCLUSION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    incident_id: str
    run_id: str
    conclusion: _incident_pb2.Conclusion
    page_size: int
    page_token: str
    def __init__(self, incident_id: _Optional[str] = ..., run_id: _Optional[str] = ..., conclusion: _Optional[_Union[_incident_pb2.Conclusion, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListViolationsResponse(_message.Message):
    __slots__ = ("violations", "next_page_token")
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    violations: _containers.RepeatedCompositeFieldContainer[_incident_pb2.Violation]
    next_page_token: str
    def __init__(self, violations: _Optional[_Iterable[_Union[_incident_pb2.Violation, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AcknowledgeIncidentRequest(_message.Message):
    __slots__ = ("request_id", "incident_id", "note", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    incident_id: str
    note: str
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., incident_id: _Optional[str] = ..., note: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class AcknowledgeIncidentResponse(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class AssignIncidentRequest(_message.Message):
    __slots__ = ("request_id", "incident_id", "assignee", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    incident_id: str
    assignee: str
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., incident_id: _Optional[str] = ..., assignee: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class AssignIncidentResponse(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class CommentIncidentRequest(_message.Message):
    __slots__ = ("request_id", "incident_id", "text")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    incident_id: str
    text: str
    def __init__(self, request_id: _Optional[str] = ..., incident_id: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class CommentIncidentResponse(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class ResolveIncidentRequest(_message.Message):
    __slots__ = ("request_id", "incident_id", "resolution", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    incident_id: str
    resolution: str
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., incident_id: _Optional[str] = ..., resolution: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class ResolveIncidentResponse(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class ReopenIncidentRequest(_message.Message):
    __slots__ = ("request_id", "incident_id", "reason", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    incident_id: str
    reason: str
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., incident_id: _Optional[str] = ..., reason: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class ReopenIncidentResponse(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...
