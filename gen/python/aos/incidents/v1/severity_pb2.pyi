from aos.incidents.v1 import incident_pb2 as _incident_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SeverityRule(_message.Message):
    __slots__ = ("category", "trigger_type", "severity", "overridden")
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_TYPE_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    OVERRIDDEN_FIELD_NUMBER: _ClassVar[int]
    category: _incident_pb2.Category
    trigger_type: _incident_pb2.TriggerType
    severity: _incident_pb2.Severity
    overridden: bool
    def __init__(self, category: _Optional[_Union[_incident_pb2.Category, str]] = ..., trigger_type: _Optional[_Union[_incident_pb2.TriggerType, str]] = ..., severity: _Optional[_Union[_incident_pb2.Severity, str]] = ..., overridden: _Optional[bool] = ...) -> None: ...
