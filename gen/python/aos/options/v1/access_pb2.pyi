from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor
ACCESS_FIELD_NUMBER: _ClassVar[int]
access: _descriptor.FieldDescriptor

class Access(_message.Message):
    __slots__ = ("permission", "open", "spine", "tenantless")
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    SPINE_FIELD_NUMBER: _ClassVar[int]
    TENANTLESS_FIELD_NUMBER: _ClassVar[int]
    permission: str
    open: bool
    spine: bool
    tenantless: bool
    def __init__(self, permission: _Optional[str] = ..., open: _Optional[bool] = ..., spine: _Optional[bool] = ..., tenantless: _Optional[bool] = ...) -> None: ...
