"""A credential that is bound to a project decides nothing for the whole tenant."""

from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode

from aos.policies.v1 import policy_pb2
from kernel.identifiers import new_id
from tests.support.governed import Tenant
from tests.support.identities import somebody
from tests.support.people import person
from tests.support.plane import Plane
from tests.support.statuses import refusal

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("Disable", {"reason": "because"}),
    ("Enable", {"reason": "because"}),
    ("Degrade", {"reason": "because"}),
    (
        "OpenOverride",
        {
            "policy_id": new_id("pol"),
            "scope_type": policy_pb2.SCOPE_TYPE_ALL_RUNS,
            "reason": "because",
            "end_time": Timestamp(seconds=4_000_000_000),
        },
    ),
    ("EndOverride", {"override_id": new_id("ovr")}),
    ("GetProposal", {"proposal_id": new_id("prp")}),
    ("ListProposals", {}),
    ("BacktestProposal", {"proposal_id": new_id("prp")}),
    ("ApproveProposal", {"proposal_id": new_id("prp"), "etag": "1"}),
    ("RejectProposal", {"proposal_id": new_id("prp"), "etag": "1", "reason": "because"}),
    ("UpdateReviewSettings", {"etag": "0", "allow_self_approval": True}),
    ("RecordLesson", {"title": "x"}),
    ("ListLessons", {}),
    ("ConvertToDraft", {"lesson_id": new_id("lsn"), "etag": "1"}),
]


@pytest.mark.parametrize(("method", "fields"), CALLS, ids=[name for name, _ in CALLS])
async def test_a_bound_credential_is_refused(
    plane: Plane, tenant: Tenant, method: str, fields: dict[str, Any]
) -> None:
    bound = person(plane, somebody("owner", tenant=tenant.id, project=new_id("prj")))
    told = await refusal(bound.call(method, **fields))
    assert (told.code, told.reason) == (StatusCode.PERMISSION_DENIED, "PERMISSION_MISSING")
    assert "bound to a project" in told.message
