from aos.logs.v1 import run_record_pb2 as _run_record_pb2
from aos.options.v1 import access_pb2 as _access_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AppendRunRecordsRequest(_message.Message):
    __slots__ = ("records",)
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[_run_record_pb2.LlmRunRecord]
    def __init__(self, records: _Optional[_Iterable[_Union[_run_record_pb2.LlmRunRecord, _Mapping]]] = ...) -> None: ...

class AppendRunRecordsResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListRunRecordsRequest(_message.Message):
    __slots__ = ("run_id", "page_size", "page_token")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    page_size: int
    page_token: str
    def __init__(self, run_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRunRecordsResponse(_message.Message):
    __slots__ = ("records", "next_page_token")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[_run_record_pb2.LlmRunRecord]
    next_page_token: str
    def __init__(self, records: _Optional[_Iterable[_Union[_run_record_pb2.LlmRunRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
