from aos.options.v1 import access_pb2 as _access_pb2
from aos.policies.v1 import governance_pb2 as _governance_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DisableRequest(_message.Message):
    __slots__ = ("request_id", "reason", "duration_seconds")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    reason: str
    duration_seconds: int
    def __init__(self, request_id: _Optional[str] = ..., reason: _Optional[str] = ..., duration_seconds: _Optional[int] = ...) -> None: ...

class DisableResponse(_message.Message):
    __slots__ = ("switch",)
    SWITCH_FIELD_NUMBER: _ClassVar[int]
    switch: _governance_pb2.GovernanceSwitch
    def __init__(self, switch: _Optional[_Union[_governance_pb2.GovernanceSwitch, _Mapping]] = ...) -> None: ...

class EnableRequest(_message.Message):
    __slots__ = ("request_id", "reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    reason: str
    def __init__(self, request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class EnableResponse(_message.Message):
    __slots__ = ("switch",)
    SWITCH_FIELD_NUMBER: _ClassVar[int]
    switch: _governance_pb2.GovernanceSwitch
    def __init__(self, switch: _Optional[_Union[_governance_pb2.GovernanceSwitch, _Mapping]] = ...) -> None: ...

class DegradeRequest(_message.Message):
    __slots__ = ("request_id", "reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    reason: str
    def __init__(self, request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DegradeResponse(_message.Message):
    __slots__ = ("switch",)
    SWITCH_FIELD_NUMBER: _ClassVar[int]
    switch: _governance_pb2.GovernanceSwitch
    def __init__(self, switch: _Optional[_Union[_governance_pb2.GovernanceSwitch, _Mapping]] = ...) -> None: ...

class GetStateRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetStateResponse(_message.Message):
    __slots__ = ("switch", "plane_state", "state_in_force")
    SWITCH_FIELD_NUMBER: _ClassVar[int]
    PLANE_STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    switch: _governance_pb2.GovernanceSwitch
    plane_state: _governance_pb2.GovernanceState
    state_in_force: _governance_pb2.GovernanceState
    def __init__(self, switch: _Optional[_Union[_governance_pb2.GovernanceSwitch, _Mapping]] = ..., plane_state: _Optional[_Union[_governance_pb2.GovernanceState, str]] = ..., state_in_force: _Optional[_Union[_governance_pb2.GovernanceState, str]] = ...) -> None: ...

class ListChangesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListChangesResponse(_message.Message):
    __slots__ = ("changes", "next_page_token")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[_governance_pb2.GovernanceChange]
    next_page_token: str
    def __init__(self, changes: _Optional[_Iterable[_Union[_governance_pb2.GovernanceChange, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
