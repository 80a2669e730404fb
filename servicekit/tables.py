"""The tables every service's schema has, whatever its domain: the kit's own.

They are declared once, here, and made by each service's first migration
(:mod:`servicekit.migrations.kit_schema`). What a table holds and who may see it stands in its
``info``, from which the catalogue tests take what they must prove.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

# Identifiers sort by bytes in SQL as in Python, whatever the database's own collation.
IDENTIFIER = Text(collation="C")
MOMENT = DateTime(timezone=True)

TENANT = "tenant"
MACHINE = "machine"
WRITE_ONCE = "write_once"


def tenant_info(**purposes: str) -> dict[str, object]:
    """Declare a table whose rows belong to tenants, and what purposes may do to all of them."""
    return {"kind": TENANT, "purposes": purposes}


class KitTables:
    """The kit's tables inside one service's schema."""

    def __init__(self, metadata: MetaData) -> None:
        self.outbox = _outbox(metadata)
        self.log_intents = _log_intents(metadata)
        self.inbox = _inbox(metadata)
        self.inbox_positions = _inbox_positions(metadata)
        self.dead_letters = _dead_letters(metadata)
        self.answers = _answers(metadata)
        self.jobs = _jobs(metadata)
        self.canaries = _canaries(metadata)


def _outbox(metadata: MetaData) -> Table:
    return Table(
        "outbox",
        metadata,
        Column("tenant_id", IDENTIFIER, primary_key=True),
        Column("event_id", IDENTIFIER, primary_key=True),
        # Order of writing; not of committing, which is why nobody reads "everything after n".
        Column("position", BigInteger, Identity(always=True), nullable=False),
        Column("event_type", Text, nullable=False),
        Column("aggregate_id", IDENTIFIER, nullable=False),
        Column("aggregate_sequence", BigInteger, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("traceparent", Text, nullable=False, server_default=""),
        Column("created_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
        Column("published_at", MOMENT),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("not_before", MOMENT, nullable=False, server_default=func.clock_timestamp()),
        Column("last_error", Text, nullable=False, server_default=""),
        # Consumers that have not confirmed yet, filled in when the event is published.
        Column("awaits", ARRAY(Text), nullable=False, server_default=text("'{}'")),
        UniqueConstraint("tenant_id", "aggregate_id", "aggregate_sequence", name="outbox_sequence"),
        Index("outbox_unpublished", "position", postgresql_where=text("published_at IS NULL")),
        Index(
            "outbox_unconfirmed", "published_at", postgresql_where=text("cardinality(awaits) > 0")
        ),
        info=tenant_info(relay="SELECT, UPDATE, DELETE"),
    )


def _log_intents(metadata: MetaData) -> Table:
    """What logs is to write for us, kept until it has: the change and its audit are one commit."""
    return Table(
        "log_intents",
        metadata,
        Column("tenant_id", IDENTIFIER, primary_key=True),
        Column("intent_id", IDENTIFIER, primary_key=True),
        Column("position", BigInteger, Identity(always=True), nullable=False),
        Column("kind", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("created_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
        Column("acknowledged_at", MOMENT),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("not_before", MOMENT, nullable=False, server_default=func.clock_timestamp()),
        Column("last_error", Text, nullable=False, server_default=""),
        Index("log_intents_waiting", "position", postgresql_where=text("acknowledged_at IS NULL")),
        Index("log_intents_acknowledged_at", "acknowledged_at"),
        info=tenant_info(courier="SELECT, UPDATE, DELETE"),
    )


def _inbox(metadata: MetaData) -> Table:
    return Table(
        "inbox",
        metadata,
        Column("tenant_id", IDENTIFIER, primary_key=True),
        Column("consumer", Text, primary_key=True),
        Column("event_id", IDENTIFIER, primary_key=True),
        Column("handled_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
        Index("inbox_handled_at", "handled_at"),
        info=tenant_info(retention="SELECT, DELETE"),
    )


def _inbox_positions(metadata: MetaData) -> Table:
    return Table(
        "inbox_positions",
        metadata,
        Column("tenant_id", IDENTIFIER, primary_key=True),
        Column("consumer", Text, primary_key=True),
        Column("aggregate_id", IDENTIFIER, primary_key=True),
        Column("sequence", BigInteger, nullable=False),
        info=tenant_info(),
    )


def _dead_letters(metadata: MetaData) -> Table:
    return Table(
        "dead_letters",
        metadata,
        Column("tenant_id", IDENTIFIER, primary_key=True),
        Column("consumer", Text, primary_key=True),
        Column("event_id", IDENTIFIER, primary_key=True),
        Column("subject", Text, nullable=False),
        Column("headers", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("error", Text, nullable=False),
        Column("deliveries", Integer, nullable=False),
        Column("died_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
        Column("replayed_at", MOMENT),
        info=tenant_info(dead_letters="SELECT, UPDATE"),
    )


def _answers(metadata: MetaData) -> Table:
    return Table(
        "answers",
        metadata,
        Column("tenant_id", IDENTIFIER, primary_key=True),
        Column("method", Text, primary_key=True),
        Column("request_id", IDENTIFIER, primary_key=True),
        Column("request_hash", LargeBinary, nullable=False),
        Column("response", LargeBinary, nullable=False),
        Column("created_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
        Index("answers_created_at", "created_at"),
        info=tenant_info(retention="SELECT, DELETE"),
    )


def _jobs(metadata: MetaData) -> Table:
    return Table(
        "jobs",
        metadata,
        Column("name", Text, primary_key=True),
        Column("last_run_at", MOMENT),
        Column("last_duration_ms", BigInteger, nullable=False, server_default=text("0")),
        Column("failures", Integer, nullable=False, server_default=text("0")),
        Column("last_error", Text, nullable=False, server_default=""),
        info={"kind": MACHINE},
    )


def _canaries(metadata: MetaData) -> Table:
    return Table(
        "canaries",
        metadata,
        Column("tenant_id", IDENTIFIER, primary_key=True),
        Column("note", Text, nullable=False),
        info={"kind": TENANT, "purposes": {}, WRITE_ONCE: True},
    )
