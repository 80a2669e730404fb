from aos.incidents.v1 import alert_pb2 as _alert_pb2
from aos.incidents.v1 import destination_pb2 as _destination_pb2
from aos.options.v1 import access_pb2 as _access_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateDestinationRequest(_message.Message):
    __slots__ = ("request_id", "name", "webhook", "email", "routing", "template")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    ROUTING_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    name: str
    webhook: _destination_pb2.WebhookTarget
    email: _destination_pb2.EmailTarget
    routing: _destination_pb2.Routing
    template: _destination_pb2.AlertTemplate
    def __init__(self, request_id: _Optional[str] = ..., name: _Optional[str] = ..., webhook: _Optional[_Union[_destination_pb2.WebhookTarget, _Mapping]] = ..., email: _Optional[_Union[_destination_pb2.EmailTarget, _Mapping]] = ..., routing: _Optional[_Union[_destination_pb2.Routing, _Mapping]] = ..., template: _Optional[_Union[_destination_pb2.AlertTemplate, _Mapping]] = ...) -> None: ...

class CreateDestinationResponse(_message.Message):
    __slots__ = ("destination", "secret")
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    destination: _destination_pb2.Destination
    secret: str
    def __init__(self, destination: _Optional[_Union[_destination_pb2.Destination, _Mapping]] = ..., secret: _Optional[str] = ...) -> None: ...

class GetDestinationRequest(_message.Message):
    __slots__ = ("destination_id",)
    DESTINATION_ID_FIELD_NUMBER: _ClassVar[int]
    destination_id: str
    def __init__(self, destination_id: _Optional[str] = ...) -> None: ...

class GetDestinationResponse(_message.Message):
    __slots__ = ("destination",)
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    destination: _destination_pb2.Destination
    def __init__(self, destination: _Optional[_Union[_destination_pb2.Destination, _Mapping]] = ...) -> None: ...

class ListDestinationsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDestinationsResponse(_message.Message):
    __slots__ = ("destinations", "next_page_token")
    DESTINATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    destinations: _containers.RepeatedCompositeFieldContainer[_destination_pb2.Destination]
    next_page_token: str
    def __init__(self, destinations: _Optional[_Iterable[_Union[_destination_pb2.Destination, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateDestinationRequest(_message.Message):
    __slots__ = ("request_id", "destination_id", "name", "webhook", "email", "routing", "template", "disabled", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    ROUTING_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    destination_id: str
    name: str
    webhook: _destination_pb2.WebhookTarget
    email: _destination_pb2.EmailTarget
    routing: _destination_pb2.Routing
    template: _destination_pb2.AlertTemplate
    disabled: bool
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., destination_id: _Optional[str] = ..., name: _Optional[str] = ..., webhook: _Optional[_Union[_destination_pb2.WebhookTarget, _Mapping]] = ..., email: _Optional[_Union[_destination_pb2.EmailTarget, _Mapping]] = ..., routing: _Optional[_Union[_destination_pb2.Routing, _Mapping]] = ..., template: _Optional[_Union[_destination_pb2.AlertTemplate, _Mapping]] = ..., disabled: _Optional[bool] = ..., etag: _Optional[str] = ...) -> None: ...

class UpdateDestinationResponse(_message.Message):
    __slots__ = ("destination",)
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    destination: _destination_pb2.Destination
    def __init__(self, destination: _Optional[_Union[_destination_pb2.Destination, _Mapping]] = ...) -> None: ...

class DeleteDestinationRequest(_message.Message):
    __slots__ = ("request_id", "destination_id", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    destination_id: str
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., destination_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteDestinationResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RotateDestinationSecretRequest(_message.Message):
    __slots__ = ("request_id", "destination_id", "overlap_seconds", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_ID_FIELD_NUMBER: _ClassVar[int]
    OVERLAP_SECONDS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    destination_id: str
    overlap_seconds: int
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., destination_id: _Optional[str] = ..., overlap_seconds: _Optional[int] = ..., etag: _Optional[str] = ...) -> None: ...

class RotateDestinationSecretResponse(_message.Message):
    __slots__ = ("destination", "secret")
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    destination: _destination_pb2.Destination
    secret: str
    def __init__(self, destination: _Optional[_Union[_destination_pb2.Destination, _Mapping]] = ..., secret: _Optional[str] = ...) -> None: ...

class SendTestAlertRequest(_message.Message):
    __slots__ = ("request_id", "destination_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    destination_id: str
    def __init__(self, request_id: _Optional[str] = ..., destination_id: _Optional[str] = ...) -> None: ...

class SendTestAlertResponse(_message.Message):
    __slots__ = ("alert",)
    ALERT_FIELD_NUMBER: _ClassVar[int]
    alert: _alert_pb2.Alert
    def __init__(self, alert: _Optional[_Union[_alert_pb2.Alert, _Mapping]] = ...) -> None: ...
