import datetime

from aos.policies.v1 import policy_pb2 as _policy_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LessonState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LESSON_STATE_UNSPECIFIED: _ClassVar[LessonState]
    LESSON_STATE_RECORDED: _ClassVar[LessonState]
    LESSON_STATE_CONVERTED: _ClassVar[LessonState]
LESSON_STATE_UNSPECIFIED: LessonState
LESSON_STATE_RECORDED: LessonState
LESSON_STATE_CONVERTED: LessonState

class Lesson(_message.Message):
    __slots__ = ("id", "title", "insight", "run_id", "incident_id", "signature", "pattern_id", "body", "state", "policy_id", "etag", "created_by", "create_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    INSIGHT_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    PATTERN_ID_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    title: str
    insight: str
    run_id: str
    incident_id: str
    signature: str
    pattern_id: str
    body: _policy_pb2.PolicyBody
    state: LessonState
    policy_id: str
    etag: str
    created_by: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., title: _Optional[str] = ..., insight: _Optional[str] = ..., run_id: _Optional[str] = ..., incident_id: _Optional[str] = ..., signature: _Optional[str] = ..., pattern_id: _Optional[str] = ..., body: _Optional[_Union[_policy_pb2.PolicyBody, _Mapping]] = ..., state: _Optional[_Union[LessonState, str]] = ..., policy_id: _Optional[str] = ..., etag: _Optional[str] = ..., created_by: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
