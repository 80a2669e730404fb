"""What a decision was made from, as it is kept: enough to make it again."""

import json
from collections.abc import Sequence
from typing import Any

from services.policies.domain.decide import Caps
from services.policies.domain.decision import Facts, SetAside
from services.policies.domain.governance import GovernanceState

# One encoder for all: with separators of its own json.dumps would make a new one each time.
_write_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def inputs_of(
    facts: Facts,
    used: Sequence[int],
    caps: Caps,
    governance: GovernanceState,
    set_aside: dict[str, SetAside],
) -> dict[str, Any]:
    """All that a decision depends on beside its snapshot; what is usual is left out."""
    inputs: dict[str, Any] = {
        "facts": [
            facts.kind.value,
            facts.input_tokens,
            facts.output_tokens,
            facts.cost_micro_usd,
            facts.plane_id,
        ],
        "used": used,
    }
    if facts.content:
        inputs["content"] = [
            [found.policy_id, found.rule_name, found.detail, found.policy_version]
            for found in facts.content
        ]
    if facts.faults:
        inputs["faults"] = [list(fault) for fault in facts.faults]
    if caps:
        inputs["caps"] = {str(place): cap for place, cap in caps.items()}
    if governance is not GovernanceState.ACTIVE:
        inputs["governance"] = governance.name
    if set_aside:
        inputs["set_aside"] = {name: reason.value for name, reason in set_aside.items()}
    return inputs


def is_plain(facts: Facts) -> bool:
    """Whether nothing is known of a step beside what everybody says of one."""
    return not (facts.plane_id or facts.content or facts.faults)


def plain_inputs(facts: Facts, used: Sequence[int], snapshot_id: str) -> bytes:
    """The usual inputs as they are kept: the same bytes, without the price of a writer for all."""
    stands = ",".join(map(str, used))
    return (
        f'{{"facts":["{facts.kind.value}",{facts.input_tokens},{facts.output_tokens},'
        f'{facts.cost_micro_usd},""],"used":[{stands}],"snapshot":"{snapshot_id}"}}'
    ).encode()


def written_inputs(inputs: dict[str, Any], snapshot_id: str) -> bytes:
    """Any inputs as they are kept."""
    return _write_json(inputs | {"snapshot": snapshot_id}).encode()
