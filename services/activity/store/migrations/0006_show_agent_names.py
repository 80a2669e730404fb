"""Let panels see what the agents of observed runs call themselves."""

from alembic import op

revision = "0006_show_agent_names"
down_revision = "0005_observe_traces"

ROLE = "aos_activity"

# A view names its columns when it is made, so it is made anew for a new column of the table.
_VIEW = """
CREATE VIEW v_runs_o2 WITH (security_invoker = true) AS
SELECT r.*,
       COALESCE(h.input_tokens, 0) AS input_tokens,
       COALESCE(h.output_tokens, 0) AS output_tokens,
       COALESCE(h.cost_micro_usd, 0) AS cost_micro_usd,
       COALESCE(h.next_index, 0) AS step_count,
       c.policy_id, c.policy_name, c.limit_type, c.evaluation_outcome, c.proximity_pct
FROM runs r
LEFT JOIN trace_heads h ON h.tenant_id = r.tenant_id AND h.run_id = r.id
LEFT JOIN run_policy_context c ON c.tenant_id = r.tenant_id AND c.run_id = r.id
"""


def upgrade() -> None:
    """Forward only; outside this transaction the view is never missing."""
    op.execute("DROP VIEW v_runs_o2")
    op.execute(_VIEW)
    op.execute(f"GRANT SELECT ON v_runs_o2 TO {ROLE}")
