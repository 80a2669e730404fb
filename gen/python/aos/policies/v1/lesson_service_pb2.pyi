from aos.options.v1 import access_pb2 as _access_pb2
from aos.policies.v1 import lesson_pb2 as _lesson_pb2
from aos.policies.v1 import policy_pb2 as _policy_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecordLessonRequest(_message.Message):
    __slots__ = ("request_id", "title", "insight", "run_id", "incident_id", "signature", "pattern_id", "body")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    INSIGHT_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    PATTERN_ID_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    title: str
    insight: str
    run_id: str
    incident_id: str
    signature: str
    pattern_id: str
    body: _policy_pb2.PolicyBody
    def __init__(self, request_id: _Optional[str] = ..., title: _Optional[str] = ..., insight: _Optional[str] = ..., run_id: _Optional[str] = ..., incident_id: _Optional[str] = ..., signature: _Optional[str] = ..., pattern_id: _Optional[str] = ..., body: _Optional[_Union[_policy_pb2.PolicyBody, _Mapping]] = ...) -> None: ...

class RecordLessonResponse(_message.Message):
    __slots__ = ("lesson",)
    LESSON_FIELD_NUMBER: _ClassVar[int]
    lesson: _lesson_pb2.Lesson
    def __init__(self, lesson: _Optional[_Union[_lesson_pb2.Lesson, _Mapping]] = ...) -> None: ...

class ListLessonsRequest(_message.Message):
    __slots__ = ("state", "page_size", "page_token")
    STATE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    state: _lesson_pb2.LessonState
    page_size: int
    page_token: str
    def __init__(self, state: _Optional[_Union[_lesson_pb2.LessonState, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListLessonsResponse(_message.Message):
    __slots__ = ("lessons", "next_page_token")
    LESSONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    lessons: _containers.RepeatedCompositeFieldContainer[_lesson_pb2.Lesson]
    next_page_token: str
    def __init__(self, lessons: _Optional[_Iterable[_Union[_lesson_pb2.Lesson, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ConvertToDraftRequest(_message.Message):
    __slots__ = ("request_id", "lesson_id", "etag", "body")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LESSON_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    lesson_id: str
    etag: str
    body: _policy_pb2.PolicyBody
    def __init__(self, request_id: _Optional[str] = ..., lesson_id: _Optional[str] = ..., etag: _Optional[str] = ..., body: _Optional[_Union[_policy_pb2.PolicyBody, _Mapping]] = ...) -> None: ...

class ConvertToDraftResponse(_message.Message):
    __slots__ = ("lesson", "policy")
    LESSON_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    lesson: _lesson_pb2.Lesson
    policy: _policy_pb2.Policy
    def __init__(self, lesson: _Optional[_Union[_lesson_pb2.Lesson, _Mapping]] = ..., policy: _Optional[_Union[_policy_pb2.Policy, _Mapping]] = ...) -> None: ...
