from aos.policies.v1 import decision_pb2 as _decision_pb2
from aos.policies.v1 import enforcement_pb2 as _enforcement_pb2
from aos.policies.v1 import gate_pb2 as _gate_pb2
from aos.policies.v1 import governance_pb2 as _governance_pb2
from aos.policies.v1 import lesson_pb2 as _lesson_pb2
from aos.policies.v1 import override_pb2 as _override_pb2
from aos.policies.v1 import policy_pb2 as _policy_pb2
from aos.policies.v1 import proposal_pb2 as _proposal_pb2
from aos.policies.v1 import rollout_pb2 as _rollout_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PolicyCreated(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: _policy_pb2.Policy
    def __init__(self, policy: _Optional[_Union[_policy_pb2.Policy, _Mapping]] = ...) -> None: ...

class PolicyUpdated(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: _policy_pb2.Policy
    def __init__(self, policy: _Optional[_Union[_policy_pb2.Policy, _Mapping]] = ...) -> None: ...

class PolicyActivated(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: _policy_pb2.Policy
    def __init__(self, policy: _Optional[_Union[_policy_pb2.Policy, _Mapping]] = ...) -> None: ...

class PolicySuspended(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: _policy_pb2.Policy
    def __init__(self, policy: _Optional[_Union[_policy_pb2.Policy, _Mapping]] = ...) -> None: ...

class PolicyRetired(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: _policy_pb2.Policy
    def __init__(self, policy: _Optional[_Union[_policy_pb2.Policy, _Mapping]] = ...) -> None: ...

class GateOpened(_message.Message):
    __slots__ = ("gate",)
    GATE_FIELD_NUMBER: _ClassVar[int]
    gate: _gate_pb2.Gate
    def __init__(self, gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ...) -> None: ...

class GateChanged(_message.Message):
    __slots__ = ("gate",)
    GATE_FIELD_NUMBER: _ClassVar[int]
    gate: _gate_pb2.Gate
    def __init__(self, gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ...) -> None: ...

class LimitNear(_message.Message):
    __slots__ = ("decision", "finding", "channels", "synthetic_scenario_id")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    FINDING_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    decision: _decision_pb2.Decision
    finding: _decision_pb2.Finding
    channels: _containers.RepeatedScalarFieldContainer[_policy_pb2.Channel]
    synthetic_scenario_id: str
    def __init__(self, decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., finding: _Optional[_Union[_decision_pb2.Finding, _Mapping]] = ..., channels: _Optional[_Iterable[_Union[_policy_pb2.Channel, str]]] = ..., synthetic_scenario_id: _Optional[str] = ...) -> None: ...

class LimitBreached(_message.Message):
    __slots__ = ("decision", "synthetic_scenario_id")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    decision: _decision_pb2.Decision
    synthetic_scenario_id: str
    def __init__(self, decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., synthetic_scenario_id: _Optional[str] = ...) -> None: ...

class BudgetOverrun(_message.Message):
    __slots__ = ("run_id", "step_id", "policy_id", "limit_name", "overage", "synthetic_scenario_id")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    OVERAGE_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    step_id: str
    policy_id: str
    limit_name: str
    overage: int
    synthetic_scenario_id: str
    def __init__(self, run_id: _Optional[str] = ..., step_id: _Optional[str] = ..., policy_id: _Optional[str] = ..., limit_name: _Optional[str] = ..., overage: _Optional[int] = ..., synthetic_scenario_id: _Optional[str] = ...) -> None: ...

class GovernanceChanged(_message.Message):
    __slots__ = ("switch",)
    SWITCH_FIELD_NUMBER: _ClassVar[int]
    switch: _governance_pb2.GovernanceSwitch
    def __init__(self, switch: _Optional[_Union[_governance_pb2.GovernanceSwitch, _Mapping]] = ...) -> None: ...

class OverrideOpened(_message.Message):
    __slots__ = ("override",)
    OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    override: _override_pb2.Override
    def __init__(self, override: _Optional[_Union[_override_pb2.Override, _Mapping]] = ...) -> None: ...

class OverrideEnded(_message.Message):
    __slots__ = ("override",)
    OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    override: _override_pb2.Override
    def __init__(self, override: _Optional[_Union[_override_pb2.Override, _Mapping]] = ...) -> None: ...

class OverrideExpired(_message.Message):
    __slots__ = ("override",)
    OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    override: _override_pb2.Override
    def __init__(self, override: _Optional[_Union[_override_pb2.Override, _Mapping]] = ...) -> None: ...

class SuppressionDecided(_message.Message):
    __slots__ = ("suppression",)
    SUPPRESSION_FIELD_NUMBER: _ClassVar[int]
    suppression: _enforcement_pb2.Suppression
    def __init__(self, suppression: _Optional[_Union[_enforcement_pb2.Suppression, _Mapping]] = ...) -> None: ...

class ProposalCreated(_message.Message):
    __slots__ = ("proposal",)
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    proposal: _proposal_pb2.Proposal
    def __init__(self, proposal: _Optional[_Union[_proposal_pb2.Proposal, _Mapping]] = ...) -> None: ...

class ProposalApproved(_message.Message):
    __slots__ = ("proposal",)
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    proposal: _proposal_pb2.Proposal
    def __init__(self, proposal: _Optional[_Union[_proposal_pb2.Proposal, _Mapping]] = ...) -> None: ...

class ProposalRejected(_message.Message):
    __slots__ = ("proposal",)
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    proposal: _proposal_pb2.Proposal
    def __init__(self, proposal: _Optional[_Union[_proposal_pb2.Proposal, _Mapping]] = ...) -> None: ...

class ProposalSettingsUpdated(_message.Message):
    __slots__ = ("allow_self_approval",)
    ALLOW_SELF_APPROVAL_FIELD_NUMBER: _ClassVar[int]
    allow_self_approval: bool
    def __init__(self, allow_self_approval: _Optional[bool] = ...) -> None: ...

class LessonRecorded(_message.Message):
    __slots__ = ("lesson",)
    LESSON_FIELD_NUMBER: _ClassVar[int]
    lesson: _lesson_pb2.Lesson
    def __init__(self, lesson: _Optional[_Union[_lesson_pb2.Lesson, _Mapping]] = ...) -> None: ...

class LessonConverted(_message.Message):
    __slots__ = ("lesson",)
    LESSON_FIELD_NUMBER: _ClassVar[int]
    lesson: _lesson_pb2.Lesson
    def __init__(self, lesson: _Optional[_Union[_lesson_pb2.Lesson, _Mapping]] = ...) -> None: ...

class RolloutChanged(_message.Message):
    __slots__ = ("rollout",)
    ROLLOUT_FIELD_NUMBER: _ClassVar[int]
    rollout: _rollout_pb2.Rollout
    def __init__(self, rollout: _Optional[_Union[_rollout_pb2.Rollout, _Mapping]] = ...) -> None: ...
