from aos.options.v1 import access_pb2 as _access_pb2
from aos.policies.v1 import enforcement_pb2 as _enforcement_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DecideSuppressionRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "policy_id", "pattern_id", "signature", "incident_id", "synthetic_scenario_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    PATTERN_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    policy_id: str
    pattern_id: str
    signature: str
    incident_id: str
    synthetic_scenario_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., policy_id: _Optional[str] = ..., pattern_id: _Optional[str] = ..., signature: _Optional[str] = ..., incident_id: _Optional[str] = ..., synthetic_scenario_id: _Optional[str] = ...) -> None: ...

class DecideSuppressionResponse(_message.Message):
    __slots__ = ("suppression",)
    SUPPRESSION_FIELD_NUMBER: _ClassVar[int]
    suppression: _enforcement_pb2.Suppression
    def __init__(self, suppression: _Optional[_Union[_enforcement_pb2.Suppression, _Mapping]] = ...) -> None: ...

class ListPreventionsRequest(_message.Message):
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

class ListPreventionsResponse(_message.Message):
    __slots__ = ("preventions", "next_page_token")
    PREVENTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    preventions: _containers.RepeatedCompositeFieldContainer[_enforcement_pb2.PreventionRecord]
    next_page_token: str
    def __init__(self, preventions: _Optional[_Iterable[_Union[_enforcement_pb2.PreventionRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
