import datetime

from aos.policies.v1 import policy_pb2 as _policy_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Enforcement(_message.Message):
    __slots__ = ("id", "run_id", "step_id", "policy_id", "rule_id", "action", "value", "threshold", "detail", "decision_id", "trigger_time", "synthetic_scenario_id", "incident_id", "is_synthetic")
    ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_TIME_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    IS_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    id: str
    run_id: str
    step_id: str
    policy_id: str
    rule_id: str
    action: _policy_pb2.Action
    value: int
    threshold: int
    detail: str
    decision_id: str
    trigger_time: _timestamp_pb2.Timestamp
    synthetic_scenario_id: str
    incident_id: str
    is_synthetic: bool
    def __init__(self, id: _Optional[str] = ..., run_id: _Optional[str] = ..., step_id: _Optional[str] = ..., policy_id: _Optional[str] = ..., rule_id: _Optional[str] = ..., action: _Optional[_Union[_policy_pb2.Action, str]] = ..., value: _Optional[int] = ..., threshold: _Optional[int] = ..., detail: _Optional[str] = ..., decision_id: _Optional[str] = ..., trigger_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., synthetic_scenario_id: _Optional[str] = ..., incident_id: _Optional[str] = ..., is_synthetic: _Optional[bool] = ...) -> None: ...

class PreventionRecord(_message.Message):
    __slots__ = ("id", "policy_id", "pattern_id", "run_id", "signature", "original_incident_id", "blocked_incident_id", "outcome", "match_confidence_percent", "create_time", "synthetic_scenario_id", "is_synthetic")
    ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    PATTERN_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    BLOCKED_INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    MATCH_CONFIDENCE_PERCENT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    IS_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    id: str
    policy_id: str
    pattern_id: str
    run_id: str
    signature: str
    original_incident_id: str
    blocked_incident_id: str
    outcome: str
    match_confidence_percent: int
    create_time: _timestamp_pb2.Timestamp
    synthetic_scenario_id: str
    is_synthetic: bool
    def __init__(self, id: _Optional[str] = ..., policy_id: _Optional[str] = ..., pattern_id: _Optional[str] = ..., run_id: _Optional[str] = ..., signature: _Optional[str] = ..., original_incident_id: _Optional[str] = ..., blocked_incident_id: _Optional[str] = ..., outcome: _Optional[str] = ..., match_confidence_percent: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., synthetic_scenario_id: _Optional[str] = ..., is_synthetic: _Optional[bool] = ...) -> None: ...

class Suppression(_message.Message):
    __slots__ = ("run_id", "policy_id", "signature", "incident_id", "prevention", "decide_time")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    PREVENTION_FIELD_NUMBER: _ClassVar[int]
    DECIDE_TIME_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    policy_id: str
    signature: str
    incident_id: str
    prevention: PreventionRecord
    decide_time: _timestamp_pb2.Timestamp
    def __init__(self, run_id: _Optional[str] = ..., policy_id: _Optional[str] = ..., signature: _Optional[str] = ..., incident_id: _Optional[str] = ..., prevention: _Optional[_Union[PreventionRecord, _Mapping]] = ..., decide_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
