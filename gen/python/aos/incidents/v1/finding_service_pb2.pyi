from aos.incidents.v1 import finding_pb2 as _finding_pb2
from aos.incidents.v1 import incident_pb2 as _incident_pb2
from aos.options.v1 import access_pb2 as _access_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExamineOutputRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "step_index", "output", "passages", "earlier_outputs", "goal", "policy_ids", "synthetic_scenario_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    PASSAGES_FIELD_NUMBER: _ClassVar[int]
    EARLIER_OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    GOAL_FIELD_NUMBER: _ClassVar[int]
    POLICY_IDS_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    step_index: int
    output: str
    passages: _containers.RepeatedCompositeFieldContainer[_finding_pb2.RetrievedPassage]
    earlier_outputs: _containers.RepeatedCompositeFieldContainer[_finding_pb2.EarlierOutput]
    goal: str
    policy_ids: _containers.RepeatedScalarFieldContainer[str]
    synthetic_scenario_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., step_index: _Optional[int] = ..., output: _Optional[str] = ..., passages: _Optional[_Iterable[_Union[_finding_pb2.RetrievedPassage, _Mapping]]] = ..., earlier_outputs: _Optional[_Iterable[_Union[_finding_pb2.EarlierOutput, _Mapping]]] = ..., goal: _Optional[str] = ..., policy_ids: _Optional[_Iterable[str]] = ..., synthetic_scenario_id: _Optional[str] = ...) -> None: ...

class ExamineOutputResponse(_message.Message):
    __slots__ = ("findings", "doubtful", "blocking", "remarks", "incident")
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    DOUBTFUL_FIELD_NUMBER: _ClassVar[int]
    BLOCKING_FIELD_NUMBER: _ClassVar[int]
    REMARKS_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    findings: _containers.RepeatedCompositeFieldContainer[_finding_pb2.Finding]
    doubtful: _containers.RepeatedCompositeFieldContainer[_finding_pb2.Finding]
    blocking: bool
    remarks: _containers.RepeatedScalarFieldContainer[str]
    incident: _incident_pb2.Incident
    def __init__(self, findings: _Optional[_Iterable[_Union[_finding_pb2.Finding, _Mapping]]] = ..., doubtful: _Optional[_Iterable[_Union[_finding_pb2.Finding, _Mapping]]] = ..., blocking: _Optional[bool] = ..., remarks: _Optional[_Iterable[str]] = ..., incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class ListFindingsRequest(_message.Message):
    __slots__ = ("run_id", "type", "page_size", "page_token")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    type: _finding_pb2.FindingType
    page_size: int
    page_token: str
    def __init__(self, run_id: _Optional[str] = ..., type: _Optional[_Union[_finding_pb2.FindingType, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListFindingsResponse(_message.Message):
    __slots__ = ("findings", "next_page_token")
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    findings: _containers.RepeatedCompositeFieldContainer[_finding_pb2.Finding]
    next_page_token: str
    def __init__(self, findings: _Optional[_Iterable[_Union[_finding_pb2.Finding, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetDetectorSettingsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetDetectorSettingsResponse(_message.Message):
    __slots__ = ("confidence_floor", "opt_ins", "etag")
    CONFIDENCE_FLOOR_FIELD_NUMBER: _ClassVar[int]
    OPT_INS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    confidence_floor: float
    opt_ins: _containers.RepeatedCompositeFieldContainer[_finding_pb2.DetectorOptIn]
    etag: str
    def __init__(self, confidence_floor: _Optional[float] = ..., opt_ins: _Optional[_Iterable[_Union[_finding_pb2.DetectorOptIn, _Mapping]]] = ..., etag: _Optional[str] = ...) -> None: ...

class UpdateDetectorSettingsRequest(_message.Message):
    __slots__ = ("request_id", "confidence_floor", "opt_ins", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FLOOR_FIELD_NUMBER: _ClassVar[int]
    OPT_INS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    confidence_floor: float
    opt_ins: _containers.RepeatedCompositeFieldContainer[_finding_pb2.DetectorOptIn]
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., confidence_floor: _Optional[float] = ..., opt_ins: _Optional[_Iterable[_Union[_finding_pb2.DetectorOptIn, _Mapping]]] = ..., etag: _Optional[str] = ...) -> None: ...

class UpdateDetectorSettingsResponse(_message.Message):
    __slots__ = ("confidence_floor", "opt_ins", "etag")
    CONFIDENCE_FLOOR_FIELD_NUMBER: _ClassVar[int]
    OPT_INS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    confidence_floor: float
    opt_ins: _containers.RepeatedCompositeFieldContainer[_finding_pb2.DetectorOptIn]
    etag: str
    def __init__(self, confidence_floor: _Optional[float] = ..., opt_ins: _Optional[_Iterable[_Union[_finding_pb2.DetectorOptIn, _Mapping]]] = ..., etag: _Optional[str] = ...) -> None: ...
