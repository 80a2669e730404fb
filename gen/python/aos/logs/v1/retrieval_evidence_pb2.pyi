import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RetrievalDecision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RETRIEVAL_DECISION_UNSPECIFIED: _ClassVar[RetrievalDecision]
    RETRIEVAL_DECISION_ALLOWED: _ClassVar[RetrievalDecision]
    RETRIEVAL_DECISION_FILTERED: _ClassVar[RetrievalDecision]
    RETRIEVAL_DECISION_DENIED: _ClassVar[RetrievalDecision]
RETRIEVAL_DECISION_UNSPECIFIED: RetrievalDecision
RETRIEVAL_DECISION_ALLOWED: RetrievalDecision
RETRIEVAL_DECISION_FILTERED: RetrievalDecision
RETRIEVAL_DECISION_DENIED: RetrievalDecision

class RetrievalEvidence(_message.Message):
    __slots__ = ("evidence_id", "tenant_id", "run_id", "plane_id", "connector_id", "query_hash", "document_ids", "token_count", "policy_snapshot_id", "decision", "occur_time", "synthetic_scenario_id", "is_synthetic", "service")
    EVIDENCE_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    PLANE_ID_FIELD_NUMBER: _ClassVar[int]
    CONNECTOR_ID_FIELD_NUMBER: _ClassVar[int]
    QUERY_HASH_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_IDS_FIELD_NUMBER: _ClassVar[int]
    TOKEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    POLICY_SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    OCCUR_TIME_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    IS_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    evidence_id: str
    tenant_id: str
    run_id: str
    plane_id: str
    connector_id: str
    query_hash: bytes
    document_ids: _containers.RepeatedScalarFieldContainer[str]
    token_count: int
    policy_snapshot_id: str
    decision: RetrievalDecision
    occur_time: _timestamp_pb2.Timestamp
    synthetic_scenario_id: str
    is_synthetic: bool
    service: str
    def __init__(self, evidence_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., run_id: _Optional[str] = ..., plane_id: _Optional[str] = ..., connector_id: _Optional[str] = ..., query_hash: _Optional[bytes] = ..., document_ids: _Optional[_Iterable[str]] = ..., token_count: _Optional[int] = ..., policy_snapshot_id: _Optional[str] = ..., decision: _Optional[_Union[RetrievalDecision, str]] = ..., occur_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., synthetic_scenario_id: _Optional[str] = ..., is_synthetic: _Optional[bool] = ..., service: _Optional[str] = ...) -> None: ...
