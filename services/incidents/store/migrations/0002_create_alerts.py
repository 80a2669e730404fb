"""Make alerts, and what fatigue control remembers."""

from alembic import op

from servicekit.migrations.protection import tenant_table

revision = "0002_create_alerts"
down_revision = "0001_create_incidents"

ROLE = "aos_incidents"

_SEVERITIES = "('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')"

# CRITICAL is never held back, whatever a writer believes.
_ALERTS = f"""
CREATE TABLE alerts (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  dedupe_key text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  severity text NOT NULL CHECK (severity IN {_SEVERITIES}),
  subject text COLLATE "C" NOT NULL,
  title text NOT NULL,
  detail text NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  project_id text COLLATE "C" NOT NULL,
  channels text[] NOT NULL,
  held_back text NOT NULL CHECK (held_back IN ('', 'COOL_DOWN', 'STORM')),
  told_by text COLLATE "C" NOT NULL,
  held_back_count bigint NOT NULL CHECK (held_back_count >= 0),
  held_back_before bigint NOT NULL CHECK (held_back_before >= 0),
  lines jsonb NOT NULL,
  acknowledged_by text COLLATE "C" NOT NULL,
  acknowledged_at timestamptz,
  occurred_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  synthetic_scenario_id text NOT NULL DEFAULT '',
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT alerts_once UNIQUE (tenant_id, dedupe_key),
  CONSTRAINT alerts_critical CHECK (severity <> 'CRITICAL' OR held_back = ''),
  CONSTRAINT alerts_acknowledged CHECK ((acknowledged_by = '') = (acknowledged_at IS NULL))
)
"""

_FATIGUE = f"""
CREATE TABLE alert_fatigue (
  tenant_id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  subject text COLLATE "C" NOT NULL,
  alert_id text COLLATE "C",
  severity text NOT NULL CHECK (severity IN {_SEVERITIES}),
  told_at timestamptz,
  held_back bigint NOT NULL CHECK (held_back >= 0),
  PRIMARY KEY (tenant_id, kind, subject),
  CONSTRAINT alert_fatigue_told CHECK ((alert_id IS NULL) = (told_at IS NULL))
)
"""

_STORMS = """
CREATE TABLE alert_storms (
  tenant_id text COLLATE "C" NOT NULL,
  began_at timestamptz,
  ends_at timestamptz,
  PRIMARY KEY (tenant_id),
  CONSTRAINT alert_storms_span CHECK ((began_at IS NULL) = (ends_at IS NULL))
)
"""

_SETTINGS = """
CREATE TABLE alert_settings (
  tenant_id text COLLATE "C" NOT NULL,
  cool_down_seconds integer NOT NULL CHECK (cool_down_seconds >= 0),
  storm_threshold_per_minute integer NOT NULL CHECK (storm_threshold_per_minute > 0),
  digest_seconds integer NOT NULL CHECK (digest_seconds > 0),
  changed_by text COLLATE "C" NOT NULL,
  changed_at timestamptz NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id)
)
"""

_INDEXES = (
    "alerts_by_kind ON alerts (tenant_id, kind, id)",
    "alerts_by_run ON alerts (tenant_id, run_id, id)",
    "alerts_by_telling ON alerts (tenant_id, told_by, id)",
    "alerts_gone_out ON alerts (tenant_id, id) WHERE held_back = ''",
    "alerts_of_late ON alerts (tenant_id, created_at) WHERE held_back = ''",
    "alerts_untold ON alerts (tenant_id) WHERE held_back = 'STORM' AND told_by = ''",
    "alert_storms_on ON alert_storms (ends_at) WHERE ends_at IS NOT NULL",
)
# What an alert says, and whether it was held back, stays as it was.
_CHANGES = "told_by, held_back_count, acknowledged_by, acknowledged_at, revision"


def upgrade() -> None:
    """Forward only."""
    for statement in (_ALERTS, _FATIGUE, _STORMS, _SETTINGS):
        op.execute(statement)
    for index in _INDEXES:
        op.execute(f"CREATE INDEX {index}")
    tenant_table("alerts", role=ROLE, grants=f"SELECT, INSERT, UPDATE ({_CHANGES})")
    tenant_table("alert_fatigue", role=ROLE, grants="SELECT, INSERT, UPDATE")
    tenant_table(
        "alert_storms",
        role=ROLE,
        grants="SELECT, INSERT, UPDATE",
        purposes={"overdue_storms": "SELECT"},
    )
    tenant_table("alert_settings", role=ROLE, grants="SELECT, INSERT, UPDATE")
