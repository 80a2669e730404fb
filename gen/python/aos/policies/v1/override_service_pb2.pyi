import datetime

from aos.options.v1 import access_pb2 as _access_pb2
from aos.policies.v1 import override_pb2 as _override_pb2
from aos.policies.v1 import policy_pb2 as _policy_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OpenOverrideRequest(_message.Message):
    __slots__ = ("request_id", "policy_id", "scope_type", "scope_id", "reason", "start_time", "end_time")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_TYPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    policy_id: str
    scope_type: _policy_pb2.ScopeType
    scope_id: str
    reason: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, request_id: _Optional[str] = ..., policy_id: _Optional[str] = ..., scope_type: _Optional[_Union[_policy_pb2.ScopeType, str]] = ..., scope_id: _Optional[str] = ..., reason: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OpenOverrideResponse(_message.Message):
    __slots__ = ("override",)
    OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    override: _override_pb2.Override
    def __init__(self, override: _Optional[_Union[_override_pb2.Override, _Mapping]] = ...) -> None: ...

class EndOverrideRequest(_message.Message):
    __slots__ = ("request_id", "override_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    override_id: str
    def __init__(self, request_id: _Optional[str] = ..., override_id: _Optional[str] = ...) -> None: ...

class EndOverrideResponse(_message.Message):
    __slots__ = ("override",)
    OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    override: _override_pb2.Override
    def __init__(self, override: _Optional[_Union[_override_pb2.Override, _Mapping]] = ...) -> None: ...

class GetOverrideRequest(_message.Message):
    __slots__ = ("override_id",)
    OVERRIDE_ID_FIELD_NUMBER: _ClassVar[int]
    override_id: str
    def __init__(self, override_id: _Optional[str] = ...) -> None: ...

class GetOverrideResponse(_message.Message):
    __slots__ = ("override",)
    OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    override: _override_pb2.Override
    def __init__(self, override: _Optional[_Union[_override_pb2.Override, _Mapping]] = ...) -> None: ...

class ListOverridesRequest(_message.Message):
    __slots__ = ("state", "policy_id", "page_size", "page_token")
    STATE_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    state: _override_pb2.OverrideState
    policy_id: str
    page_size: int
    page_token: str
    def __init__(self, state: _Optional[_Union[_override_pb2.OverrideState, str]] = ..., policy_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListOverridesResponse(_message.Message):
    __slots__ = ("overrides", "next_page_token")
    OVERRIDES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    overrides: _containers.RepeatedCompositeFieldContainer[_override_pb2.Override]
    next_page_token: str
    def __init__(self, overrides: _Optional[_Iterable[_Union[_override_pb2.Override, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
