import datetime

from aos.logs.v1 import ledger_pb2 as _ledger_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExportKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXPORT_KIND_UNSPECIFIED: _ClassVar[ExportKind]
    EXPORT_KIND_LEDGER: _ClassVar[ExportKind]
    EXPORT_KIND_RUN_LEDGER: _ClassVar[ExportKind]
    EXPORT_KIND_EVIDENCE_BUNDLE: _ClassVar[ExportKind]
    EXPORT_KIND_EVIDENCE_REPORT: _ClassVar[ExportKind]
    EXPORT_KIND_SOC2_BUNDLE: _ClassVar[ExportKind]
    EXPORT_KIND_EXECUTIVE_DEBRIEF: _ClassVar[ExportKind]
    EXPORT_KIND_LIST: _ClassVar[ExportKind]
EXPORT_KIND_UNSPECIFIED: ExportKind
EXPORT_KIND_LEDGER: ExportKind
EXPORT_KIND_RUN_LEDGER: ExportKind
EXPORT_KIND_EVIDENCE_BUNDLE: ExportKind
EXPORT_KIND_EVIDENCE_REPORT: ExportKind
EXPORT_KIND_SOC2_BUNDLE: ExportKind
EXPORT_KIND_EXECUTIVE_DEBRIEF: ExportKind
EXPORT_KIND_LIST: ExportKind

class Export(_message.Message):
    __slots__ = ("export_id", "kind", "subject", "tree_size", "content_sha256", "size_bytes", "actor_type", "actor_id", "export_time")
    EXPORT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    TREE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ACTOR_TYPE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    EXPORT_TIME_FIELD_NUMBER: _ClassVar[int]
    export_id: str
    kind: ExportKind
    subject: str
    tree_size: int
    content_sha256: bytes
    size_bytes: int
    actor_type: _ledger_pb2.ActorType
    actor_id: str
    export_time: _timestamp_pb2.Timestamp
    def __init__(self, export_id: _Optional[str] = ..., kind: _Optional[_Union[ExportKind, str]] = ..., subject: _Optional[str] = ..., tree_size: _Optional[int] = ..., content_sha256: _Optional[bytes] = ..., size_bytes: _Optional[int] = ..., actor_type: _Optional[_Union[_ledger_pb2.ActorType, str]] = ..., actor_id: _Optional[str] = ..., export_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
