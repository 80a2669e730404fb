"""The completion of a run, step by step. Read it as a table of contents.

Up to the pivot every step can be taken back; from the pivot on there is only forward.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: its effect is on disk in its own domain before the next begins."""

    name: str
    # What takes it back if a later one cannot go through.
    undo: str = ""
    is_pivot: bool = False


STEPS = (
    # activity: phase FINALIZING.
    Step(name="begin_finalizing", undo="reopen_run"),
    # policies: no further decision, no kill; how the run ends is decided by what the gate came to.
    Step(name="close_gate", undo="reopen_gate"),
    # logs: a record for each model call.
    Step(name="append_records", undo="void_records"),
    # activity: the terminal status, and the root over all steps.
    Step(name="commit", is_pivot=True),
    # incidents: an incident, or a prevention record, or an outcome.
    Step(name="conclude"),
    # activity: the incident of the trace, how many there are, the violated policy.
    Step(name="link"),
    # policies: a rule that would have prevented it, for incidents that are HIGH or CRITICAL.
    Step(name="propose"),
    # logs: one entry in the ledger that names everything above.
    Step(name="audit"),
    # orchestrator, activity: every acknowledgement there, every hash as it should be.
    Step(name="reconcile"),
)
PIVOT = next(place for place, step in enumerate(STEPS) if step.is_pivot)
