"""Make the kit's tables, and the ledger."""

from alembic import op

from servicekit.migrations import kit_schema
from servicekit.migrations.protection import tenant_table, write_once

revision = "0001_create_ledger"
down_revision = None

ROLE = "aos_logs"
_WRITE = "SELECT, INSERT"

_HEADS = """
CREATE TABLE ledger_heads (
  tenant_id text COLLATE "C" PRIMARY KEY,
  size bigint NOT NULL,
  compact_range bytea NOT NULL,
  chain_hash bytea NOT NULL,
  CONSTRAINT ledger_heads_size CHECK (size >= 0),
  CONSTRAINT ledger_heads_range CHECK (length(compact_range) % 32 = 0),
  CONSTRAINT ledger_heads_chain CHECK (length(chain_hash) = 32)
)
"""

_ENTRIES = """
CREATE TABLE ledger_entries (
  tenant_id text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  entry_id text COLLATE "C" NOT NULL,
  service text NOT NULL,
  event_type text COLLATE "C" NOT NULL,
  entity_type text COLLATE "C" NOT NULL,
  entity_id text COLLATE "C" NOT NULL,
  actor_type text NOT NULL,
  actor_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C",
  occurred_at timestamptz NOT NULL,
  appended_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  leaf bytea NOT NULL,
  leaf_hash bytea NOT NULL,
  chain_hash bytea NOT NULL,
  PRIMARY KEY (tenant_id, sequence),
  CONSTRAINT ledger_entries_entry_id UNIQUE (tenant_id, entry_id),
  CONSTRAINT ledger_entries_sequence CHECK (sequence >= 0),
  CONSTRAINT ledger_entries_actor CHECK (actor_type IN ('person', 'api_key', 'service')),
  CONSTRAINT ledger_entries_hashes CHECK (length(leaf_hash) = 32 AND length(chain_hash) = 32)
)
"""

_NODES = """
CREATE TABLE ledger_nodes (
  tenant_id text COLLATE "C" NOT NULL,
  level smallint NOT NULL,
  place bigint NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (tenant_id, level, place),
  CONSTRAINT ledger_nodes_level CHECK (level > 0),
  CONSTRAINT ledger_nodes_hash CHECK (length(hash) = 32)
)
"""

_CHECKPOINTS = """
CREATE TABLE ledger_checkpoints (
  tenant_id text COLLATE "C" NOT NULL,
  tree_size bigint NOT NULL,
  root_hash bytea NOT NULL,
  note text NOT NULL,
  signed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, tree_size),
  CONSTRAINT ledger_checkpoints_root CHECK (length(root_hash) = 32)
)
"""


def upgrade() -> None:
    """Forward only."""
    kit_schema.create_version_1(role=ROLE)
    op.execute(_HEADS)
    # The only table of the ledger that changes: it says where the log ends. Checkpoints find out
    # through it which logs of all tenants have grown.
    tenant_table(
        "ledger_heads",
        role=ROLE,
        grants="SELECT, INSERT, UPDATE",
        purposes={"checkpoint": "SELECT"},
    )
    _create_entries()
    op.execute(_NODES)
    tenant_table("ledger_nodes", role=ROLE, grants=_WRITE)
    write_once("ledger_nodes", role=ROLE)
    op.execute(_CHECKPOINTS)
    tenant_table("ledger_checkpoints", role=ROLE, grants=_WRITE, purposes={"checkpoint": "SELECT"})
    write_once("ledger_checkpoints", role=ROLE)


def _create_entries() -> None:
    op.execute(_ENTRIES)
    indexes = {
        "by_run": "(tenant_id, run_id, sequence) WHERE run_id IS NOT NULL",
        "by_entity": "(tenant_id, entity_id, sequence)",
        "by_actor": "(tenant_id, actor_id, sequence)",
        "by_type": "(tenant_id, event_type, sequence)",
        "by_time": "(tenant_id, occurred_at)",
    }
    for name, columns in indexes.items():
        op.execute(f"CREATE INDEX ledger_entries_{name} ON ledger_entries {columns}")
    tenant_table("ledger_entries", role=ROLE, grants=_WRITE)
    write_once("ledger_entries", role=ROLE)
