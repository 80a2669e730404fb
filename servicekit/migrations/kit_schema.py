"""The kit's own tables, first version: every service's first migration makes them.

This text is history: it never changes once released. A later version gets a function of its own.
"""

from alembic import op

from servicekit.migrations.protection import machine_table, tenant_table, write_once

_REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is write-once', TG_TABLE_NAME USING ERRCODE = 'AOS01';
END $$
"""

_OUTBOX = """
CREATE TABLE outbox (
  tenant_id text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  event_type text NOT NULL,
  aggregate_id text COLLATE "C" NOT NULL,
  aggregate_sequence bigint NOT NULL,
  body bytea NOT NULL,
  traceparent text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  published_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_error text NOT NULL DEFAULT '',
  awaits text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant_id, event_id),
  CONSTRAINT outbox_sequence UNIQUE (tenant_id, aggregate_id, aggregate_sequence)
)
"""

_LOG_INTENTS = """
CREATE TABLE log_intents (
  tenant_id text COLLATE "C" NOT NULL,
  intent_id text COLLATE "C" NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  kind text NOT NULL CHECK (kind IN ('ledger', 'system')),
  body bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  acknowledged_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_error text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, intent_id)
)
"""

_NOTIFY_RELAY = """
CREATE FUNCTION notify_relay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify(TG_TABLE_SCHEMA || '_outbox', '');
  RETURN NULL;
END $$
"""

_INBOX = """
CREATE TABLE inbox (
  tenant_id text COLLATE "C" NOT NULL,
  consumer text NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  handled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, consumer, event_id)
)
"""

_INBOX_POSITIONS = """
CREATE TABLE inbox_positions (
  tenant_id text COLLATE "C" NOT NULL,
  consumer text NOT NULL,
  aggregate_id text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  PRIMARY KEY (tenant_id, consumer, aggregate_id)
)
"""

_DEAD_LETTERS = """
CREATE TABLE dead_letters (
  tenant_id text COLLATE "C" NOT NULL,
  consumer text NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  subject text NOT NULL,
  headers text NOT NULL,
  body bytea NOT NULL,
  error text NOT NULL,
  deliveries integer NOT NULL,
  died_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  replayed_at timestamptz,
  PRIMARY KEY (tenant_id, consumer, event_id)
)
"""

_ANSWERS = """
CREATE TABLE answers (
  tenant_id text COLLATE "C" NOT NULL,
  method text NOT NULL,
  request_id text COLLATE "C" NOT NULL,
  request_hash bytea NOT NULL,
  response bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, method, request_id)
)
"""

_JOBS = """
CREATE TABLE jobs (
  name text PRIMARY KEY,
  last_run_at timestamptz,
  last_duration_ms bigint NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  last_error text NOT NULL DEFAULT ''
)
"""

_CANARIES = """
CREATE TABLE canaries (
  tenant_id text COLLATE "C" PRIMARY KEY,
  note text NOT NULL
)
"""


def create_version_1(*, role: str) -> None:
    """Make the kit's tables in the schema that the migration runs in."""
    # The boot guard compares the schema's version with the code's.
    op.execute(f"GRANT SELECT ON alembic_version TO {role}")
    op.execute(_REFUSE_CHANGE)
    _create_outbox(role)
    _create_inbox(role)
    op.execute(_ANSWERS)
    op.execute("CREATE INDEX answers_created_at ON answers (created_at)")
    tenant_table("answers", role=role, purposes={"retention": "SELECT, DELETE"})
    op.execute(_JOBS)
    machine_table("jobs", role=role)
    _create_canaries(role)


def extend_to_version_2() -> None:
    """Let lines of runs' logs wait for logs as entries and records do."""
    op.execute("ALTER TABLE log_intents DROP CONSTRAINT log_intents_kind_check")
    op.execute(
        "ALTER TABLE log_intents ADD CONSTRAINT log_intents_kind_check "
        "CHECK (kind IN ('ledger', 'system', 'run_log'))"
    )


def _create_outbox(role: str) -> None:
    op.execute(_OUTBOX)
    op.execute("CREATE INDEX outbox_unpublished ON outbox (position) WHERE published_at IS NULL")
    op.execute(
        "CREATE INDEX outbox_unconfirmed ON outbox (published_at) WHERE cardinality(awaits) > 0"
    )
    op.execute(_NOTIFY_RELAY)
    op.execute(
        "CREATE TRIGGER wake_relay AFTER INSERT ON outbox "
        "FOR EACH STATEMENT EXECUTE FUNCTION notify_relay()"
    )
    tenant_table("outbox", role=role, purposes={"relay": "SELECT, UPDATE, DELETE"})
    op.execute(_LOG_INTENTS)
    op.execute(
        "CREATE INDEX log_intents_waiting ON log_intents (position) WHERE acknowledged_at IS NULL"
    )
    op.execute("CREATE INDEX log_intents_acknowledged_at ON log_intents (acknowledged_at)")
    op.execute(
        "CREATE TRIGGER wake_courier AFTER INSERT ON log_intents "
        "FOR EACH STATEMENT EXECUTE FUNCTION notify_relay()"
    )
    tenant_table("log_intents", role=role, purposes={"courier": "SELECT, UPDATE, DELETE"})


def _create_inbox(role: str) -> None:
    op.execute(_INBOX)
    op.execute("CREATE INDEX inbox_handled_at ON inbox (handled_at)")
    tenant_table("inbox", role=role, purposes={"retention": "SELECT, DELETE"})
    op.execute(_INBOX_POSITIONS)
    tenant_table("inbox_positions", role=role)
    op.execute(_DEAD_LETTERS)
    tenant_table("dead_letters", role=role, purposes={"dead_letters": "SELECT, UPDATE"})


def _create_canaries(role: str) -> None:
    """Two rows of two tenants: what the boot guard tries to change, and to see, in vain."""
    op.execute(_CANARIES)
    op.execute(
        "INSERT INTO canaries VALUES ('canary-own', 'cannot be changed'), "
        "('canary-foreign', 'cannot be seen')"
    )
    tenant_table("canaries", role=role, grants="SELECT, INSERT")
    write_once("canaries", role=role)
