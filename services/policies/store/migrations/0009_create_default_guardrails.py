"""Make the default pack: the policies that a new tenant begins with."""

import json

from alembic import op
from sqlalchemy import text

from servicekit.migrations.protection import machine_table

revision = "0009_create_default_guardrails"
down_revision = "0008_create_lessons"

ROLE = "aos_policies"

_PACK = """
CREATE TABLE default_guardrails (
  name text NOT NULL CHECK (name ~ '^[a-z][a-z_]*$'),
  version integer NOT NULL CHECK (version > 0),
  body text NOT NULL,
  PRIMARY KEY (name, version)
)
"""

_STOP, _WARN = 4, 2
# Wide enough for honest work, narrow enough that a mistake costs a day's budget and no more. A
# tenant changes, suspends or retires them like any other policy.
_GUARDRAILS = {
    "cost_per_day": {
        "name": "Cost per day",
        "description": "All runs of a day together cost at most 50 USD.",
        "monitors": {"watched": ["COST"]},
        "limits": [
            {
                "name": "cost_per_day",
                "type": "COST_MICRO_USD",
                "maximum": 50_000_000,
                "window": "CALENDAR_DAY",
            }
        ],
        "on_breach": {"action": _STOP},
    },
    "steps_per_run": {
        "name": "Steps per run",
        "description": "A run that takes more than 500 steps is going in circles.",
        "monitors": {"watched": ["STEPS"]},
        "limits": [{"name": "steps_per_run", "type": "STEPS", "maximum": 500, "window": "PER_RUN"}],
        "on_breach": {"action": _STOP},
    },
    "duration_per_run": {
        "name": "Duration per run",
        "description": "A run takes at most two hours.",
        "monitors": {"watched": ["DURATION"]},
        "limits": [
            {
                "name": "duration_per_run",
                "type": "DURATION_MS",
                "maximum": 7_200_000,
                "window": "PER_RUN",
            }
        ],
        "on_breach": {"action": _STOP},
    },
    "no_secrets": {
        "name": "No secrets",
        "description": "Keys and tokens never reach a model or a tool.",
        "monitors": {"watched": ["SAFETY"]},
        "content_rules": [{"name": "secrets", "detector": "SECRETS"}],
        "on_breach": {"action": _STOP},
    },
    "personal_data": {
        "name": "Personal data",
        "description": "Somebody is told when what identifies people is about to be sent.",
        "monitors": {"watched": ["PII"]},
        "content_rules": [{"name": "personal_data", "detector": "PII"}],
        "on_breach": {"action": _WARN},
    },
}


def upgrade() -> None:
    """Forward only."""
    op.execute(_PACK)
    machine_table("default_guardrails", role=ROLE, grants="SELECT")
    for name, body in _GUARDRAILS.items():
        whole = json.dumps({**body, "scope": {"type": "ALL_RUNS"}})
        op.execute(
            text("INSERT INTO default_guardrails VALUES (:name, 1, :body)").bindparams(
                name=name, body=whole
            )
        )
    op.execute(
        "CREATE UNIQUE INDEX policies_default_once ON policies (tenant_id, origin_id) "
        "WHERE source = 'DEFAULT'"
    )
