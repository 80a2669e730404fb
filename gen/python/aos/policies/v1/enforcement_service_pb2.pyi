from aos.options.v1 import access_pb2 as _access_pb2
from aos.policies.v1 import enforcement_pb2 as _enforcement_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListEnforcementsRequest(_message.Message):
    __slots__ = ("run_id", "policy_id", "page_size", "page_token")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    policy_id: str
    page_size: int
    page_token: str
    def __init__(self, run_id: _Optional[str] = ..., policy_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEnforcementsResponse(_message.Message):
    __slots__ = ("enforcements", "next_page_token")
    ENFORCEMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    enforcements: _containers.RepeatedCompositeFieldContainer[_enforcement_pb2.Enforcement]
    next_page_token: str
    def __init__(self, enforcements: _Optional[_Iterable[_Union[_enforcement_pb2.Enforcement, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
