"""The rows without which there is no customer, in their order."""

from aosctl.gate.closing_rows import no_ungoverned_way_to_a_model, what_is_missing_closes
from aosctl.gate.conflict_rows import conflicts_resolve_alike
from aosctl.gate.row import Row
from aosctl.gate.spine_rows import a_broken_spine_takes_no_runs, the_reactor_runs
from aosctl.gate.step_rows import (
    a_halt_holds_within_the_step,
    enforcement_is_in_the_step,
    what_binds_at_the_start_is_decided_once,
)
from aosctl.gate.switch_rows import the_switch_works_and_is_audited

ROWS = (
    Row(
        id="GAP-016",
        must_be_true="STOP and KILL halt the run within the same step",
        prove=a_halt_holds_within_the_step,
    ),
    Row(
        id="GAP-030",
        must_be_true="enforcement happens in the step, deterministically",
        prove=enforcement_is_in_the_step,
    ),
    Row(
        id="GAP-031",
        must_be_true="what binds at the start is not evaluated again mid-run",
        prove=what_binds_at_the_start_is_decided_once,
    ),
    Row(
        id="GAP-035",
        must_be_true="failure mode is obeyed; a missing policy or snapshot closes",
        prove=what_is_missing_closes,
    ),
    Row(
        id="GAP-046",
        must_be_true="the event reactor runs, and health proves it",
        prove=the_reactor_runs,
    ),
    Row(id="GAP-059", must_be_true="HTTP access is mediated", prove=None),
    Row(id="GAP-060", must_be_true="SQL through templates only", prove=None),
    Row(id="GAP-063", must_be_true="MCP calls are governed", prove=None),
    Row(id="GAP-065", must_be_true="all data access goes through mediation", prove=None),
    Row(
        id="GAP-066",
        must_be_true="no ungoverned path to a model exists when governed",
        prove=no_ungoverned_way_to_a_model,
    ),
    Row(
        id="GAP-067",
        must_be_true="a broken spine refuses runs",
        prove=a_broken_spine_takes_no_runs,
    ),
    Row(
        id="GAP-068",
        must_be_true="conflicts resolve by the harshest action, then the lowest id",
        prove=conflicts_resolve_alike,
    ),
    Row(
        id="GAP-069",
        must_be_true="the kill switch works at run time, audited",
        prove=the_switch_works_and_is_audited,
    ),
)
