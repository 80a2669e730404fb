import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FindingType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FINDING_TYPE_UNSPECIFIED: _ClassVar[FindingType]
    FINDING_TYPE_UNSUPPORTED_FIGURE: _ClassVar[FindingType]
    FINDING_TYPE_UNSUPPORTED_NAME: _ClassVar[FindingType]
    FINDING_TYPE_MISQUOTE: _ClassVar[FindingType]
    FINDING_TYPE_UNKNOWN_CITATION: _ClassVar[FindingType]
    FINDING_TYPE_UNKNOWN_LINK: _ClassVar[FindingType]
    FINDING_TYPE_IMPOSSIBLE_DATE: _ClassVar[FindingType]
    FINDING_TYPE_UNSUPPORTED_CLAIM: _ClassVar[FindingType]
    FINDING_TYPE_CONTRADICTION: _ClassVar[FindingType]
    FINDING_TYPE_JUDGED: _ClassVar[FindingType]
FINDING_TYPE_UNSPECIFIED: FindingType
FINDING_TYPE_UNSUPPORTED_FIGURE: FindingType
FINDING_TYPE_UNSUPPORTED_NAME: FindingType
FINDING_TYPE_MISQUOTE: FindingType
FINDING_TYPE_UNKNOWN_CITATION: FindingType
FINDING_TYPE_UNKNOWN_LINK: FindingType
FINDING_TYPE_IMPOSSIBLE_DATE: FindingType
FINDING_TYPE_UNSUPPORTED_CLAIM: FindingType
FINDING_TYPE_CONTRADICTION: FindingType
FINDING_TYPE_JUDGED: FindingType

class RetrievedPassage(_message.Message):
    __slots__ = ("id", "title", "text", "url", "date")
    ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    id: str
    title: str
    text: str
    url: str
    date: str
    def __init__(self, id: _Optional[str] = ..., title: _Optional[str] = ..., text: _Optional[str] = ..., url: _Optional[str] = ..., date: _Optional[str] = ...) -> None: ...

class EarlierOutput(_message.Message):
    __slots__ = ("step_index", "text")
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    step_index: int
    text: str
    def __init__(self, step_index: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...

class Finding(_message.Message):
    __slots__ = ("id", "run_id", "step_index", "type", "passage", "start", "end", "reason", "confidence", "document_id", "contradicted_step_index", "judge", "blocking", "violation_id", "create_time", "synthetic_scenario_id", "is_synthetic")
    ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PASSAGE_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CONTRADICTED_STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    BLOCKING_FIELD_NUMBER: _ClassVar[int]
    VIOLATION_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    IS_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    id: str
    run_id: str
    step_index: int
    type: FindingType
    passage: str
    start: int
    end: int
    reason: str
    confidence: float
    document_id: str
    contradicted_step_index: int
    judge: str
    blocking: bool
    violation_id: str
    create_time: _timestamp_pb2.Timestamp
    synthetic_scenario_id: str
    is_synthetic: bool
    def __init__(self, id: _Optional[str] = ..., run_id: _Optional[str] = ..., step_index: _Optional[int] = ..., type: _Optional[_Union[FindingType, str]] = ..., passage: _Optional[str] = ..., start: _Optional[int] = ..., end: _Optional[int] = ..., reason: _Optional[str] = ..., confidence: _Optional[float] = ..., document_id: _Optional[str] = ..., contradicted_step_index: _Optional[int] = ..., judge: _Optional[str] = ..., blocking: _Optional[bool] = ..., violation_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., synthetic_scenario_id: _Optional[str] = ..., is_synthetic: _Optional[bool] = ...) -> None: ...

class DetectorOptIn(_message.Message):
    __slots__ = ("policy_id", "confidence_floor")
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FLOOR_FIELD_NUMBER: _ClassVar[int]
    policy_id: str
    confidence_floor: float
    def __init__(self, policy_id: _Optional[str] = ..., confidence_floor: _Optional[float] = ...) -> None: ...
