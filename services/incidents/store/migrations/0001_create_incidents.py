"""Make the kit's tables, cases, violations, incidents, and what goes with them."""

from alembic import op

from servicekit.migrations import kit_schema
from servicekit.migrations.protection import tenant_table, write_once

revision = "0001_create_incidents"
down_revision = None

ROLE = "aos_incidents"

_CASES = """
CREATE TABLE cases (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  is_outcome boolean NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  signature text COLLATE "C" NOT NULL,
  category text NOT NULL,
  conclusion text NOT NULL CHECK (conclusion IN ('PENDING', 'INCIDENT', 'PREVENTED')),
  prevention_id text COLLATE "C" NOT NULL DEFAULT '',
  synthetic_scenario_id text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  concluded_at timestamptz,
  PRIMARY KEY (tenant_id, run_id, subject, policy_id, is_outcome),
  CONSTRAINT cases_incident UNIQUE (tenant_id, incident_id),
  CONSTRAINT cases_place CHECK ((run_id = '') <> (subject = '')),
  CONSTRAINT cases_prevention CHECK ((conclusion = 'PREVENTED') = (prevention_id <> '')),
  CONSTRAINT cases_concluded CHECK ((conclusion = 'PENDING') = (concluded_at IS NULL))
)
"""

# A conclusion is drawn once: I-15 must not depend on every writer's care.
_CONCLUDED_ONCE = """
CREATE FUNCTION refuse_other_conclusion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.conclusion <> 'PENDING' THEN
    RAISE EXCEPTION 'the conclusion of a case is drawn once'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF (NEW.incident_id, NEW.signature, NEW.category)
    <> (OLD.incident_id, OLD.signature, OLD.category) THEN
    RAISE EXCEPTION 'a case stays what it is' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""

_MEASURED = """
  occurred_at timestamptz NOT NULL,
  step_index integer,
  step_id text COLLATE "C" NOT NULL,
  limit_name text NOT NULL,
  value bigint NOT NULL,
  threshold bigint NOT NULL,
  unit text NOT NULL,
  decision_id text COLLATE "C" NOT NULL,
  action text NOT NULL,
"""

_CASE_KEY = """
  FOREIGN KEY (tenant_id, run_id, subject, policy_id, is_outcome)
    REFERENCES cases (tenant_id, run_id, subject, policy_id, is_outcome)
"""

_VIOLATIONS = f"""
CREATE TABLE violation_facts (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  source_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  is_outcome boolean NOT NULL,
  trigger_type text NOT NULL,
  category text NOT NULL,
  blocking boolean NOT NULL,
  detail text NOT NULL,
  {_MEASURED}
  recorded_by text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  synthetic_scenario_id text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT violation_facts_source UNIQUE (tenant_id, source_id),
  {_CASE_KEY}
)
"""

_INCIDENTS = f"""
CREATE TABLE incidents (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  is_outcome boolean NOT NULL,
  project_id text COLLATE "C" NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  trigger_type text NOT NULL,
  category text NOT NULL,
  severity text NOT NULL CHECK (severity IN ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
  status text NOT NULL CHECK (status IN ('OPEN', 'ACKNOWLEDGED', 'RESOLVED')),
  blocking boolean NOT NULL,
  signature text COLLATE "C" NOT NULL,
  title text NOT NULL,
  {_MEASURED}
  preceding_steps jsonb NOT NULL,
  violation_count integer NOT NULL CHECK (violation_count > 0),
  assignee text COLLATE "C" NOT NULL DEFAULT '',
  resolution text NOT NULL DEFAULT '',
  resolved_by text COLLATE "C" NOT NULL DEFAULT '',
  resolved_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  synthetic_scenario_id text NOT NULL DEFAULT '',
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT incidents_one_a_case UNIQUE (tenant_id, run_id, subject, policy_id, is_outcome),
  CONSTRAINT incidents_resolution CHECK (
    (status = 'RESOLVED') = (resolution <> '') AND (status = 'RESOLVED') = (resolved_at IS NOT NULL)
  ),
  {_CASE_KEY}
)
"""

_EVIDENCE = """
CREATE TABLE incident_evidence (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  reference text COLLATE "C" NOT NULL,
  content bytea NOT NULL,
  content_hash bytea NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, incident_id) REFERENCES incidents (tenant_id, id),
  CONSTRAINT incident_evidence_hash CHECK (content_hash = sha256(content))
)
"""

_TIMELINE = """
CREATE TABLE incident_events (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  type text NOT NULL,
  actor_id text COLLATE "C" NOT NULL,
  text text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, incident_id) REFERENCES incidents (tenant_id, id)
)
"""

_SEVERITIES = """
CREATE TABLE severity_settings (
  tenant_id text COLLATE "C" NOT NULL,
  rules jsonb NOT NULL,
  changed_by text COLLATE "C" NOT NULL,
  changed_at timestamptz NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id)
)
"""

_BURN_HISTORIES = """
CREATE TABLE burn_histories (
  tenant_id text COLLATE "C" NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  rates bigint[] NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, agent_id)
)
"""

_FINDINGS = """
CREATE TABLE hallucination_findings (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  violation_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  step_index integer NOT NULL,
  type text NOT NULL,
  passage text NOT NULL,
  passage_start integer NOT NULL,
  passage_end integer NOT NULL,
  reason text NOT NULL,
  confidence double precision NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  document_id text COLLATE "C" NOT NULL,
  contradicted_step_index integer,
  judge text NOT NULL,
  blocking boolean NOT NULL,
  created_at timestamptz NOT NULL,
  synthetic_scenario_id text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, violation_id) REFERENCES violation_facts (tenant_id, id)
)
"""

_DETECTOR_SETTINGS = """
CREATE TABLE detector_settings (
  tenant_id text COLLATE "C" NOT NULL,
  floor double precision NOT NULL CHECK (floor > 0 AND floor <= 1),
  opt_ins jsonb NOT NULL,
  changed_by text COLLATE "C" NOT NULL,
  changed_at timestamptz NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id)
)
"""

_VIEW = """
CREATE VIEW v_incidents_o2 WITH (security_invoker = true) AS
SELECT *, synthetic_scenario_id <> '' AS is_synthetic FROM incidents
"""


def upgrade() -> None:
    """Forward only."""
    kit_schema.create_version_1(role=ROLE)
    kit_schema.extend_to_version_2()
    _create_cases()
    op.execute(_VIOLATIONS)
    op.execute(
        "CREATE INDEX violation_facts_case ON violation_facts "
        "(tenant_id, run_id, subject, policy_id, is_outcome, id)"
    )
    tenant_table("violation_facts", role=ROLE, grants="SELECT, INSERT")
    write_once("violation_facts", role=ROLE)
    _create_incidents()
    for table, statement in (("incident_evidence", _EVIDENCE), ("incident_events", _TIMELINE)):
        op.execute(statement)
        op.execute(f"CREATE INDEX {table}_incident ON {table} (tenant_id, incident_id, id)")
        tenant_table(table, role=ROLE, grants="SELECT, INSERT")
        write_once(table, role=ROLE)
    op.execute(_SEVERITIES)
    tenant_table("severity_settings", role=ROLE, grants="SELECT, INSERT, UPDATE")
    op.execute(_BURN_HISTORIES)
    tenant_table("burn_histories", role=ROLE, grants="SELECT, INSERT, UPDATE")
    _create_findings()


def _create_findings() -> None:
    op.execute(_FINDINGS)
    op.execute(
        "CREATE INDEX hallucination_findings_violation "
        "ON hallucination_findings (tenant_id, violation_id)"
    )
    op.execute(
        "CREATE INDEX hallucination_findings_run ON hallucination_findings (tenant_id, run_id, id)"
    )
    tenant_table("hallucination_findings", role=ROLE, grants="SELECT, INSERT")
    write_once("hallucination_findings", role=ROLE)
    op.execute(_DETECTOR_SETTINGS)
    tenant_table("detector_settings", role=ROLE, grants="SELECT, INSERT, UPDATE")


def _create_cases() -> None:
    op.execute(_CASES)
    op.execute("CREATE INDEX cases_pending ON cases (created_at) WHERE conclusion = 'PENDING'")
    op.execute(_CONCLUDED_ONCE)
    op.execute(
        "CREATE TRIGGER concluded_once BEFORE UPDATE ON cases "
        "FOR EACH ROW EXECUTE FUNCTION refuse_other_conclusion()"
    )
    op.execute("ALTER TABLE cases ENABLE ALWAYS TRIGGER concluded_once")
    tenant_table(
        "cases",
        role=ROLE,
        grants="SELECT, INSERT, UPDATE",
        purposes={"pending_cases": "SELECT"},
    )


def _create_incidents() -> None:
    op.execute(_INCIDENTS)
    for name, column in (
        ("status", "status"),
        ("category", "category"),
        ("signature", "signature"),
        ("agent", "agent_id"),
    ):
        op.execute(f"CREATE INDEX incidents_by_{name} ON incidents (tenant_id, {column}, id)")
    # An incident is changed step by step and never removed.
    tenant_table("incidents", role=ROLE, grants="SELECT, INSERT, UPDATE")
    op.execute(_VIEW)
    op.execute(f"GRANT SELECT ON v_incidents_o2 TO {ROLE}")
