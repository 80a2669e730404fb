from aos.incidents.v1 import alert_pb2 as _alert_pb2
from aos.incidents.v1 import delivery_pb2 as _delivery_pb2
from aos.incidents.v1 import destination_pb2 as _destination_pb2
from aos.incidents.v1 import finding_pb2 as _finding_pb2
from aos.incidents.v1 import incident_pb2 as _incident_pb2
from aos.incidents.v1 import severity_pb2 as _severity_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ViolationRecorded(_message.Message):
    __slots__ = ("violation",)
    VIOLATION_FIELD_NUMBER: _ClassVar[int]
    violation: _incident_pb2.Violation
    def __init__(self, violation: _Optional[_Union[_incident_pb2.Violation, _Mapping]] = ...) -> None: ...

class ViolationPrevented(_message.Message):
    __slots__ = ("violation",)
    VIOLATION_FIELD_NUMBER: _ClassVar[int]
    violation: _incident_pb2.Violation
    def __init__(self, violation: _Optional[_Union[_incident_pb2.Violation, _Mapping]] = ...) -> None: ...

class IncidentCreated(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class OutcomeRecorded(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class IncidentExtended(_message.Message):
    __slots__ = ("incident", "escalated")
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    ESCALATED_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    escalated: bool
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ..., escalated: _Optional[bool] = ...) -> None: ...

class IncidentAcknowledged(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class IncidentAssigned(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class IncidentCommented(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class IncidentResolved(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class IncidentReopened(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class SeveritiesUpdated(_message.Message):
    __slots__ = ("rules",)
    RULES_FIELD_NUMBER: _ClassVar[int]
    rules: _containers.RepeatedCompositeFieldContainer[_severity_pb2.SeverityRule]
    def __init__(self, rules: _Optional[_Iterable[_Union[_severity_pb2.SeverityRule, _Mapping]]] = ...) -> None: ...

class DetectorUpdated(_message.Message):
    __slots__ = ("confidence_floor", "opt_ins")
    CONFIDENCE_FLOOR_FIELD_NUMBER: _ClassVar[int]
    OPT_INS_FIELD_NUMBER: _ClassVar[int]
    confidence_floor: float
    opt_ins: _containers.RepeatedCompositeFieldContainer[_finding_pb2.DetectorOptIn]
    def __init__(self, confidence_floor: _Optional[float] = ..., opt_ins: _Optional[_Iterable[_Union[_finding_pb2.DetectorOptIn, _Mapping]]] = ...) -> None: ...

class AlertRaised(_message.Message):
    __slots__ = ("alert",)
    ALERT_FIELD_NUMBER: _ClassVar[int]
    alert: _alert_pb2.Alert
    def __init__(self, alert: _Optional[_Union[_alert_pb2.Alert, _Mapping]] = ...) -> None: ...

class AlertAcknowledged(_message.Message):
    __slots__ = ("alert",)
    ALERT_FIELD_NUMBER: _ClassVar[int]
    alert: _alert_pb2.Alert
    def __init__(self, alert: _Optional[_Union[_alert_pb2.Alert, _Mapping]] = ...) -> None: ...

class AlertSettingsUpdated(_message.Message):
    __slots__ = ("settings",)
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    settings: _alert_pb2.AlertSettings
    def __init__(self, settings: _Optional[_Union[_alert_pb2.AlertSettings, _Mapping]] = ...) -> None: ...

class DestinationCreated(_message.Message):
    __slots__ = ("destination",)
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    destination: _destination_pb2.Destination
    def __init__(self, destination: _Optional[_Union[_destination_pb2.Destination, _Mapping]] = ...) -> None: ...

class DestinationUpdated(_message.Message):
    __slots__ = ("destination",)
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    destination: _destination_pb2.Destination
    def __init__(self, destination: _Optional[_Union[_destination_pb2.Destination, _Mapping]] = ...) -> None: ...

class DestinationDeleted(_message.Message):
    __slots__ = ("destination",)
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    destination: _destination_pb2.Destination
    def __init__(self, destination: _Optional[_Union[_destination_pb2.Destination, _Mapping]] = ...) -> None: ...

class DestinationSecretRotated(_message.Message):
    __slots__ = ("destination",)
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    destination: _destination_pb2.Destination
    def __init__(self, destination: _Optional[_Union[_destination_pb2.Destination, _Mapping]] = ...) -> None: ...

class DeliveryDead(_message.Message):
    __slots__ = ("delivery",)
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    delivery: _delivery_pb2.Delivery
    def __init__(self, delivery: _Optional[_Union[_delivery_pb2.Delivery, _Mapping]] = ...) -> None: ...

class DeliveryRedelivered(_message.Message):
    __slots__ = ("delivery",)
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    delivery: _delivery_pb2.Delivery
    def __init__(self, delivery: _Optional[_Union[_delivery_pb2.Delivery, _Mapping]] = ...) -> None: ...
