from aos.incidents.v1 import severity_pb2 as _severity_pb2
from aos.options.v1 import access_pb2 as _access_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetSeveritiesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetSeveritiesResponse(_message.Message):
    __slots__ = ("rules", "etag")
    RULES_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    rules: _containers.RepeatedCompositeFieldContainer[_severity_pb2.SeverityRule]
    etag: str
    def __init__(self, rules: _Optional[_Iterable[_Union[_severity_pb2.SeverityRule, _Mapping]]] = ..., etag: _Optional[str] = ...) -> None: ...

class UpdateSeveritiesRequest(_message.Message):
    __slots__ = ("request_id", "rules", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    rules: _containers.RepeatedCompositeFieldContainer[_severity_pb2.SeverityRule]
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., rules: _Optional[_Iterable[_Union[_severity_pb2.SeverityRule, _Mapping]]] = ..., etag: _Optional[str] = ...) -> None: ...

class UpdateSeveritiesResponse(_message.Message):
    __slots__ = ("rules", "etag")
    RULES_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    rules: _containers.RepeatedCompositeFieldContainer[_severity_pb2.SeverityRule]
    etag: str
    def __init__(self, rules: _Optional[_Iterable[_Union[_severity_pb2.SeverityRule, _Mapping]]] = ..., etag: _Optional[str] = ...) -> None: ...
