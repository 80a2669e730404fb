import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Category(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CATEGORY_UNSPECIFIED: _ClassVar[Category]
    CATEGORY_EXECUTION_FAILURE: _ClassVar[Category]
    CATEGORY_BUDGET_EXCEEDED: _ClassVar[Category]
    CATEGORY_RATE_LIMIT: _ClassVar[Category]
    CATEGORY_TOKEN_LIMIT: _ClassVar[Category]
    CATEGORY_CONTENT_POLICY: _ClassVar[Category]
    CATEGORY_PII_DETECTED: _ClassVar[Category]
    CATEGORY_SAFETY_VIOLATION: _ClassVar[Category]
    CATEGORY_HALLUCINATION: _ClassVar[Category]
    CATEGORY_EXECUTION_SUCCESS: _ClassVar[Category]
    CATEGORY_COST_ANOMALY: _ClassVar[Category]
    CATEGORY_AUDIT_GAP: _ClassVar[Category]
    CATEGORY_INTEGRITY: _ClassVar[Category]
    CATEGORY_LIVENESS: _ClassVar[Category]
    CATEGORY_ACCESS_VIOLATION: _ClassVar[Category]
    CATEGORY_CONNECTOR_CHANGE: _ClassVar[Category]

class TriggerType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRIGGER_TYPE_UNSPECIFIED: _ClassVar[TriggerType]
    TRIGGER_TYPE_RUN_OUTCOME: _ClassVar[TriggerType]
    TRIGGER_TYPE_POLICY_VIOLATION: _ClassVar[TriggerType]
    TRIGGER_TYPE_BUDGET_OVERRUN: _ClassVar[TriggerType]
    TRIGGER_TYPE_HALLUCINATION_FINDING: _ClassVar[TriggerType]
    TRIGGER_TYPE_COST_ANOMALY: _ClassVar[TriggerType]
    TRIGGER_TYPE_MISSING_ACKNOWLEDGEMENT: _ClassVar[TriggerType]
    TRIGGER_TYPE_AUDIT_FAILURE: _ClassVar[TriggerType]
    TRIGGER_TYPE_RECONCILIATION_GAP: _ClassVar[TriggerType]
    TRIGGER_TYPE_DANGLING_REFERENCE: _ClassVar[TriggerType]
    TRIGGER_TYPE_LIVENESS_VIOLATION: _ClassVar[TriggerType]
    TRIGGER_TYPE_CROSS_TENANT_ATTEMPT: _ClassVar[TriggerType]
    TRIGGER_TYPE_CONNECTOR_CHANGE: _ClassVar[TriggerType]
    TRIGGER_TYPE_PARKED_SAGA: _ClassVar[TriggerType]

class Severity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEVERITY_UNSPECIFIED: _ClassVar[Severity]
    SEVERITY_LOW: _ClassVar[Severity]
    SEVERITY_MEDIUM: _ClassVar[Severity]
    SEVERITY_HIGH: _ClassVar[Severity]
    SEVERITY_CRITICAL: _ClassVar[Severity]

class IncidentStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INCIDENT_STATUS_UNSPECIFIED: _ClassVar[IncidentStatus]
    INCIDENT_STATUS_OPEN: _ClassVar[IncidentStatus]
    INCIDENT_STATUS_ACKNOWLEDGED: _ClassVar[IncidentStatus]
    INCIDENT_STATUS_RESOLVED: _ClassVar[IncidentStatus]

class Conclusion(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONCLUSION_UNSPECIFIED: _ClassVar[Conclusion]
    CONCLUSION_PENDING: _ClassVar[Conclusion]
    CONCLUSION_INCIDENT: _ClassVar[Conclusion]
    CONCLUSION_PREVENTED: _ClassVar[Conclusion]
CATEGORY_UNSPECIFIED: Category
CATEGORY_EXECUTION_FAILURE: Category
CATEGORY_BUDGET_EXCEEDED: Category
CATEGORY_RATE_LIMIT: Category
CATEGORY_TOKEN_LIMIT: Category
CATEGORY_CONTENT_POLICY: Category
CATEGORY_PII_DETECTED: Category
CATEGORY_SAFETY_VIOLATION: Category
CATEGORY_HALLUCINATION: Category
CATEGORY_EXECUTION_SUCCESS: Category
CATEGORY_COST_ANOMALY: Category
CATEGORY_AUDIT_GAP: Category
CATEGORY_INTEGRITY: Category
CATEGORY_LIVENESS: Category
CATEGORY_ACCESS_VIOLATION: Category
CATEGORY_CONNECTOR_CHANGE: Category
TRIGGER_TYPE_UNSPECIFIED: TriggerType
TRIGGER_TYPE_RUN_OUTCOME: TriggerType
TRIGGER_TYPE_POLICY_VIOLATION: TriggerType
TRIGGER_TYPE_BUDGET_OVERRUN: TriggerType
TRIGGER_TYPE_HALLUCINATION_FINDING: TriggerType
TRIGGER_TYPE_COST_ANOMALY: TriggerType
TRIGGER_TYPE_MISSING_ACKNOWLEDGEMENT: TriggerType
TRIGGER_TYPE_AUDIT_FAILURE: TriggerType
TRIGGER_TYPE_RECONCILIATION_GAP: TriggerType
TRIGGER_TYPE_DANGLING_REFERENCE: TriggerType
TRIGGER_TYPE_LIVENESS_VIOLATION: TriggerType
TRIGGER_TYPE_CROSS_TENANT_ATTEMPT: TriggerType
TRIGGER_TYPE_CONNECTOR_CHANGE: TriggerType
TRIGGER_TYPE_PARKED_SAGA: TriggerType
SEVERITY_UNSPECIFIED: Severity
SEVERITY_LOW: Severity
SEVERITY_MEDIUM: Severity
SEVERITY_HIGH: Severity
SEVERITY_CRITICAL: Severity
INCIDENT_STATUS_UNSPECIFIED: IncidentStatus
INCIDENT_STATUS_OPEN: IncidentStatus
INCIDENT_STATUS_ACKNOWLEDGED: IncidentStatus
INCIDENT_STATUS_RESOLVED: IncidentStatus
CONCLUSION_UNSPECIFIED: Conclusion
CONCLUSION_PENDING: Conclusion
CONCLUSION_INCIDENT: Conclusion
CONCLUSION_PREVENTED: Conclusion

class PrecedingStep(_message.Message):
    __slots__ = ("index", "kind", "skill_name", "status", "outcome_code", "cost_micro_usd", "duration_ms", "start_time")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SKILL_NAME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_CODE_FIELD_NUMBER: _ClassVar[int]
    COST_MICRO_USD_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    index: int
    kind: str
    skill_name: str
    status: str
    outcome_code: str
    cost_micro_usd: int
    duration_ms: int
    start_time: _timestamp_pb2.Timestamp
    def __init__(self, index: _Optional[int] = ..., kind: _Optional[str] = ..., skill_name: _Optional[str] = ..., status: _Optional[str] = ..., outcome_code: _Optional[str] = ..., cost_micro_usd: _Optional[int] = ..., duration_ms: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class InflectionPoint(_message.Message):
    __slots__ = ("step_index", "step_id", "time", "limit_name", "value", "threshold", "unit", "decision_id", "action", "preceding_steps")
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    PRECEDING_STEPS_FIELD_NUMBER: _ClassVar[int]
    step_index: int
    step_id: str
    time: _timestamp_pb2.Timestamp
    limit_name: str
    value: int
    threshold: int
    unit: str
    decision_id: str
    action: str
    preceding_steps: _containers.RepeatedCompositeFieldContainer[PrecedingStep]
    def __init__(self, step_index: _Optional[int] = ..., step_id: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., limit_name: _Optional[str] = ..., value: _Optional[int] = ..., threshold: _Optional[int] = ..., unit: _Optional[str] = ..., decision_id: _Optional[str] = ..., action: _Optional[str] = ..., preceding_steps: _Optional[_Iterable[_Union[PrecedingStep, _Mapping]]] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("id", "kind", "reference", "content_json", "content_hash", "create_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_JSON_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    kind: str
    reference: str
    content_json: str
    content_hash: bytes
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., kind: _Optional[str] = ..., reference: _Optional[str] = ..., content_json: _Optional[str] = ..., content_hash: _Optional[bytes] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Suggestion(_message.Message):
    __slots__ = ("code", "text")
    CODE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    code: str
    text: str
    def __init__(self, code: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class Incident(_message.Message):
    __slots__ = ("id", "create_time", "update_time", "run_id", "subject", "policy_id", "project_id", "agent_id", "trigger_type", "category", "severity", "status", "blocking", "signature", "title", "inflection", "violation_count", "assignee", "resolution", "resolved_by", "resolve_time", "is_synthetic", "synthetic_scenario_id", "etag")
    ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_TYPE_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    BLOCKING_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    INFLECTION_FIELD_NUMBER: _ClassVar[int]
    VIOLATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    RESOLVED_BY_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_TIME_FIELD_NUMBER: _ClassVar[int]
    IS_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    id: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    run_id: str
    subject: str
    policy_id: str
    project_id: str
    agent_id: str
    trigger_type: TriggerType
    category: Category
    severity: Severity
    status: IncidentStatus
    blocking: bool
    signature: str
    title: str
    inflection: InflectionPoint
    violation_count: int
    assignee: str
    resolution: str
    resolved_by: str
    resolve_time: _timestamp_pb2.Timestamp
    is_synthetic: bool
    synthetic_scenario_id: str
    etag: str
    def __init__(self, id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., run_id: _Optional[str] = ..., subject: _Optional[str] = ..., policy_id: _Optional[str] = ..., project_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., trigger_type: _Optional[_Union[TriggerType, str]] = ..., category: _Optional[_Union[Category, str]] = ..., severity: _Optional[_Union[Severity, str]] = ..., status: _Optional[_Union[IncidentStatus, str]] = ..., blocking: _Optional[bool] = ..., signature: _Optional[str] = ..., title: _Optional[str] = ..., inflection: _Optional[_Union[InflectionPoint, _Mapping]] = ..., violation_count: _Optional[int] = ..., assignee: _Optional[str] = ..., resolution: _Optional[str] = ..., resolved_by: _Optional[str] = ..., resolve_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., is_synthetic: _Optional[bool] = ..., synthetic_scenario_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class IncidentGroup(_message.Message):
    __slots__ = ("signature", "title", "category", "severity", "count", "unresolved_count", "first_time", "last_time", "last_incident_id")
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    UNRESOLVED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FIRST_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    signature: str
    title: str
    category: Category
    severity: Severity
    count: int
    unresolved_count: int
    first_time: _timestamp_pb2.Timestamp
    last_time: _timestamp_pb2.Timestamp
    last_incident_id: str
    def __init__(self, signature: _Optional[str] = ..., title: _Optional[str] = ..., category: _Optional[_Union[Category, str]] = ..., severity: _Optional[_Union[Severity, str]] = ..., count: _Optional[int] = ..., unresolved_count: _Optional[int] = ..., first_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_incident_id: _Optional[str] = ...) -> None: ...

class TimelineEvent(_message.Message):
    __slots__ = ("id", "type", "actor_id", "text", "create_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    type: str
    actor_id: str
    text: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., type: _Optional[str] = ..., actor_id: _Optional[str] = ..., text: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Violation(_message.Message):
    __slots__ = ("id", "run_id", "subject", "policy_id", "trigger_type", "category", "blocking", "detail", "inflection", "signature", "conclusion", "incident_id", "prevention_id", "create_time", "synthetic_scenario_id", "is_synthetic")
    ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_TYPE_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    BLOCKING_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    INFLECTION_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    CONCLUSION_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    PREVENTION_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    IS_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    id: str
    run_id: str
    subject: str
    policy_id: str
    trigger_type: TriggerType
    category: Category
    blocking: bool
    detail: str
    inflection: InflectionPoint
    signature: str
    conclusion: Conclusion
    incident_id: str
    prevention_id: str
    create_time: _timestamp_pb2.Timestamp
    synthetic_scenario_id: str
    is_synthetic: bool
    def __init__(self, id: _Optional[str] = ..., run_id: _Optional[str] = ..., subject: _Optional[str] = ..., policy_id: _Optional[str] = ..., trigger_type: _Optional[_Union[TriggerType, str]] = ..., category: _Optional[_Union[Category, str]] = ..., blocking: _Optional[bool] = ..., detail: _Optional[str] = ..., inflection: _Optional[_Union[InflectionPoint, _Mapping]] = ..., signature: _Optional[str] = ..., conclusion: _Optional[_Union[Conclusion, str]] = ..., incident_id: _Optional[str] = ..., prevention_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., synthetic_scenario_id: _Optional[str] = ..., is_synthetic: _Optional[bool] = ...) -> None: ...
