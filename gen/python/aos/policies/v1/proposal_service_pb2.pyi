from aos.options.v1 import access_pb2 as _access_pb2
from aos.policies.v1 import policy_pb2 as _policy_pb2
from aos.policies.v1 import proposal_pb2 as _proposal_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateProposalRequest(_message.Message):
    __slots__ = ("request_id", "incident_id", "run_id", "signature", "pattern_id", "body", "rationale", "synthetic_scenario_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    PATTERN_ID_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    RATIONALE_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    incident_id: str
    run_id: str
    signature: str
    pattern_id: str
    body: _policy_pb2.PolicyBody
    rationale: str
    synthetic_scenario_id: str
    def __init__(self, request_id: _Optional[str] = ..., incident_id: _Optional[str] = ..., run_id: _Optional[str] = ..., signature: _Optional[str] = ..., pattern_id: _Optional[str] = ..., body: _Optional[_Union[_policy_pb2.PolicyBody, _Mapping]] = ..., rationale: _Optional[str] = ..., synthetic_scenario_id: _Optional[str] = ...) -> None: ...

class CreateProposalResponse(_message.Message):
    __slots__ = ("proposal",)
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    proposal: _proposal_pb2.Proposal
    def __init__(self, proposal: _Optional[_Union[_proposal_pb2.Proposal, _Mapping]] = ...) -> None: ...

class GetProposalRequest(_message.Message):
    __slots__ = ("proposal_id",)
    PROPOSAL_ID_FIELD_NUMBER: _ClassVar[int]
    proposal_id: str
    def __init__(self, proposal_id: _Optional[str] = ...) -> None: ...

class GetProposalResponse(_message.Message):
    __slots__ = ("proposal",)
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    proposal: _proposal_pb2.Proposal
    def __init__(self, proposal: _Optional[_Union[_proposal_pb2.Proposal, _Mapping]] = ...) -> None: ...

class ListProposalsRequest(_message.Message):
    __slots__ = ("state", "page_size", "page_token")
    STATE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    state: _proposal_pb2.ProposalState
    page_size: int
    page_token: str
    def __init__(self, state: _Optional[_Union[_proposal_pb2.ProposalState, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListProposalsResponse(_message.Message):
    __slots__ = ("proposals", "next_page_token")
    PROPOSALS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    proposals: _containers.RepeatedCompositeFieldContainer[_proposal_pb2.Proposal]
    next_page_token: str
    def __init__(self, proposals: _Optional[_Iterable[_Union[_proposal_pb2.Proposal, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class BacktestProposalRequest(_message.Message):
    __slots__ = ("proposal_id", "run_count")
    PROPOSAL_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_COUNT_FIELD_NUMBER: _ClassVar[int]
    proposal_id: str
    run_count: int
    def __init__(self, proposal_id: _Optional[str] = ..., run_count: _Optional[int] = ...) -> None: ...

class BacktestProposalResponse(_message.Message):
    __slots__ = ("backtest",)
    BACKTEST_FIELD_NUMBER: _ClassVar[int]
    backtest: _proposal_pb2.Backtest
    def __init__(self, backtest: _Optional[_Union[_proposal_pb2.Backtest, _Mapping]] = ...) -> None: ...

class ApproveProposalRequest(_message.Message):
    __slots__ = ("request_id", "proposal_id", "etag", "comment")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    proposal_id: str
    etag: str
    comment: str
    def __init__(self, request_id: _Optional[str] = ..., proposal_id: _Optional[str] = ..., etag: _Optional[str] = ..., comment: _Optional[str] = ...) -> None: ...

class ApproveProposalResponse(_message.Message):
    __slots__ = ("proposal", "policy")
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    proposal: _proposal_pb2.Proposal
    policy: _policy_pb2.Policy
    def __init__(self, proposal: _Optional[_Union[_proposal_pb2.Proposal, _Mapping]] = ..., policy: _Optional[_Union[_policy_pb2.Policy, _Mapping]] = ...) -> None: ...

class RejectProposalRequest(_message.Message):
    __slots__ = ("request_id", "proposal_id", "etag", "reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    proposal_id: str
    etag: str
    reason: str
    def __init__(self, request_id: _Optional[str] = ..., proposal_id: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RejectProposalResponse(_message.Message):
    __slots__ = ("proposal",)
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    proposal: _proposal_pb2.Proposal
    def __init__(self, proposal: _Optional[_Union[_proposal_pb2.Proposal, _Mapping]] = ...) -> None: ...

class ReviewSettings(_message.Message):
    __slots__ = ("allow_self_approval", "etag")
    ALLOW_SELF_APPROVAL_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    allow_self_approval: bool
    etag: str
    def __init__(self, allow_self_approval: _Optional[bool] = ..., etag: _Optional[str] = ...) -> None: ...

class GetReviewSettingsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetReviewSettingsResponse(_message.Message):
    __slots__ = ("settings",)
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    settings: ReviewSettings
    def __init__(self, settings: _Optional[_Union[ReviewSettings, _Mapping]] = ...) -> None: ...

class UpdateReviewSettingsRequest(_message.Message):
    __slots__ = ("request_id", "etag", "allow_self_approval")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ALLOW_SELF_APPROVAL_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    etag: str
    allow_self_approval: bool
    def __init__(self, request_id: _Optional[str] = ..., etag: _Optional[str] = ..., allow_self_approval: _Optional[bool] = ...) -> None: ...

class UpdateReviewSettingsResponse(_message.Message):
    __slots__ = ("settings",)
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    settings: ReviewSettings
    def __init__(self, settings: _Optional[_Union[ReviewSettings, _Mapping]] = ...) -> None: ...
