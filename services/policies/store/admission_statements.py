"""The statements of a batch. Each goes by keys alone, in one order, for any number of rows.

Every key is looked up by itself (``LATERAL … LIMIT 1``): a plain join lets PostgreSQL begin with
all rows of the tenant, as its row security names the tenant too, and a batch would then cost as
much as the tenant is large. Rows are locked in the order of the keys that are given, which are
sorted.
"""

# The switch and open overrides come along with the gates: one round trip less for every batch.
_CIRCUMSTANCES = """
  clock_timestamp() AS now,
  (SELECT json_object_agg(tenant_id, CASE WHEN expires_at <= clock_timestamp() THEN 'ACTIVE'
                                          ELSE state END)
   FROM governance_states)::text AS governance,
  (SELECT json_agg(json_build_object(
            'id', id, 'tenant_id', tenant_id, 'policy_id', policy_id, 'scope_type', scope_type,
            'scope_id', scope_id, 'opened_by', opened_by, 'opened_with', opened_with))
   FROM overrides
   WHERE state = 'OPEN' AND starts_at <= clock_timestamp() AND ends_at > clock_timestamp()
  )::text AS overrides
"""
NOW = f"SELECT {_CIRCUMSTANCES}"
# What a gate is changes only with its epoch, so what is known of an epoch is not read again.
HOLD_GATES = f"""
SELECT g.tenant_id, g.run_id, g.epoch, {_CIRCUMSTANCES}
FROM unnest($1::text[], $2::text[]) AS asked (tenant_id, run_id)
CROSS JOIN LATERAL (
  SELECT tenant_id, run_id, epoch FROM gates
  WHERE tenant_id = asked.tenant_id AND run_id = asked.run_id
  LIMIT 1 FOR NO KEY UPDATE
) g
"""  # noqa: S608 - constant text
READ_GATES = """
SELECT g.*
FROM unnest($1::text[], $2::text[]) AS asked (tenant_id, run_id)
CROSS JOIN LATERAL (
  SELECT * FROM gates WHERE tenant_id = asked.tenant_id AND run_id = asked.run_id LIMIT 1
) g
"""

# Read after the gates are held: whoever decided the same step before us has committed by then. The
# order inside names the whole key, or a table without statistics is read by another index.
DECIDED = """
SELECT d.*
FROM unnest($1::text[], $2::text[], $3::text[]) AS asked (tenant_id, run_id, step_id)
CROSS JOIN LATERAL (
  SELECT * FROM decisions
  WHERE tenant_id = asked.tenant_id AND run_id = asked.run_id AND step_id = asked.step_id
  ORDER BY tenant_id DESC, run_id DESC, step_id DESC, gate_epoch DESC
  LIMIT 1
) d
"""

# What a counter is for is known to whoever asks, and most of what it says is seldom something: its
# place in the question is a shorter name than its key.
HOLD_COUNTERS = """
SELECT asked.place, c.*
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (tenant_id, id, place)
CROSS JOIN LATERAL (
  SELECT used, reserved, cap, tier_fired, frozen, slices, slice_at FROM counters
  WHERE tenant_id = asked.tenant_id AND id = asked.id
  LIMIT 1 FOR NO KEY UPDATE
) c
"""
HOLD_KNOWN_COUNTERS = """
SELECT c.*
FROM unnest($1::text[], $2::text[]) AS asked (tenant_id, id)
CROSS JOIN LATERAL (
  SELECT * FROM counters WHERE tenant_id = asked.tenant_id AND id = asked.id
  LIMIT 1 FOR NO KEY UPDATE
) c
"""

# The cap in force cannot be lowered between here and our commit.
KEEP_CAPS = """
SELECT 1 FROM limits l
JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS asked (tenant_id, policy_id)
  ON l.tenant_id = asked.tenant_id AND l.policy_id = asked.policy_id
ORDER BY l.tenant_id, l.policy_id, l.name
FOR SHARE OF l
"""
MAKE_COUNTERS = """
INSERT INTO counters (tenant_id, id, policy_id, limit_name, cap, window_seconds, slices, slice_at)
SELECT new.tenant_id, new.id, new.policy_id, new.limit_name,
       CASE WHEN new.shared THEN l.cap END, new.window_seconds, new.slices, new.slice_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::integer[],
            $7::text[], $8::bigint[])
     AS new (tenant_id, id, policy_id, limit_name, shared, window_seconds, slices, slice_at)
LEFT JOIN limits l ON l.tenant_id = new.tenant_id AND l.policy_id = new.policy_id
                  AND l.name = new.limit_name
ORDER BY new.tenant_id, new.id
ON CONFLICT (tenant_id, id) DO NOTHING
"""

SNAPSHOT = "SELECT * FROM policy_snapshots WHERE tenant_id = $1 AND id = $2"

# Rows that are held stay where they are, so their place is as good a key as any.
_PLACED = """
CROSS JOIN LATERAL (
  SELECT ctid AS place FROM counters WHERE tenant_id = new.tenant_id AND id = new.id LIMIT 1
) held
"""
_UPDATE_COUNTERS = f"""
UPDATE counters SET used = new.used, reserved = new.reserved, tier_fired = new.tier_fired,
                    frozen = new.frozen, slices = new.slices, slice_at = new.slice_at
FROM unnest({{}}::text[], {{}}::text[], {{}}::bigint[], {{}}::bigint[], {{}}::integer[],
            {{}}::boolean[], {{}}::text[], {{}}::bigint[])
     AS new (tenant_id, id, used, reserved, tier_fired, frozen, slices, slice_at)
{_PLACED}
WHERE counters.ctid = held.place
"""  # noqa: S608 - constant text
# The usual change of a counter: something is reserved, and that is all.
_COUNT = f"""
UPDATE counters SET reserved = new.reserved
FROM unnest({{}}::text[], {{}}::text[], {{}}::bigint[])
     AS new (tenant_id, id, reserved)
{_PLACED}
WHERE counters.ctid = held.place
"""  # noqa: S608 - constant text


def _numbered(statement: str, first: int) -> str:
    places = statement.count("{}")
    return statement.format(*(f"${first + place}" for place in range(places)))


UPDATE_COUNTERS = _numbered(_UPDATE_COUNTERS, 1)
# Decisions and what they reserve travel together: each further array costs as much as a column.
WRITE = f"""
WITH rows AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bytea[],
                       $7::integer[], $8::bytea[], $9::bytea[], $10::text[], $11::text[])
       AS new (tenant_id, run_id, step_id, gate_epoch, id, question_hash, action, inputs, answer,
               holds, kind)
), decided AS (
  INSERT INTO decisions (tenant_id, run_id, step_id, gate_epoch, id, question_hash, action, inputs,
                         answer, decided_at)
  SELECT tenant_id, run_id, step_id, gate_epoch, id, question_hash, action, inputs, answer, $12
  FROM rows
), reserved AS (
  INSERT INTO reservations (tenant_id, run_id, step_id, holds, kind, expires_at)
  SELECT tenant_id, run_id, step_id, holds, kind, $13 FROM rows WHERE holds <> ''
)
{_numbered(_COUNT, 14)}
"""  # noqa: S608 - constant text

GATE_CHANGES = (
    "tenant_id",
    "run_id",
    "state",
    "epoch",
    "changed_at",
    "reason",
    "changed_by",
    "awaits_acknowledgement",
    "acknowledged",
)
UPDATE_GATE = """
UPDATE gates SET state = $3, epoch = $4, changed_at = $5, reason = $6, changed_by = $7,
                 awaits_acknowledgement = $8, acknowledged = $9
WHERE tenant_id = $1 AND run_id = $2
"""

ENFORCEMENTS = """
INSERT INTO policy_enforcements (tenant_id, id, run_id, step_id, policy_id, rule_id, action_taken,
                                 details, triggered_at, synthetic_scenario_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                     $7::text[], $8::text[], $9::timestamptz[], $10::text[])
"""

OVERRIDE_USES = """
INSERT INTO override_uses (tenant_id, override_id, run_id, step_id, decision_id, used_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
                     $6::timestamptz[])
ON CONFLICT (tenant_id, override_id, run_id) DO NOTHING
RETURNING override_id, run_id
"""

HOLD_RESERVATIONS = """
SELECT r.*
FROM unnest($1::text[], $2::text[], $3::text[]) AS asked (tenant_id, run_id, step_id)
CROSS JOIN LATERAL (
  SELECT * FROM reservations
  WHERE tenant_id = asked.tenant_id AND run_id = asked.run_id AND step_id = asked.step_id
  LIMIT 1 FOR NO KEY UPDATE
) r
"""
UPDATE_RESERVATIONS = """
UPDATE reservations SET state = new.state, settled = new.settled
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
     AS new (tenant_id, run_id, step_id, state, settled)
CROSS JOIN LATERAL (
  SELECT ctid AS place FROM reservations
  WHERE tenant_id = new.tenant_id AND run_id = new.run_id AND step_id = new.step_id LIMIT 1
) held
WHERE reservations.ctid = held.place
"""
WIDEN_RESERVATION = """
UPDATE reservations SET holds = $4
WHERE tenant_id = $1 AND run_id = $2 AND step_id = $3 AND state = 'OPEN'
"""

# The first of a run is what is told; what it leads to would only say the same again.
DIVERGENCES = """
INSERT INTO shadow_divergences (tenant_id, policy_id, candidate_version, run_id, step_id,
                                decision_id, canary, in_force_action, candidate_action,
                                in_force_rule, candidate_rule, cost_micro_usd, decided_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[],
                     $7::boolean[], $8::integer[], $9::integer[], $10::text[], $11::text[],
                     $12::bigint[], $13::timestamptz[])
ON CONFLICT (tenant_id, policy_id, candidate_version, run_id) DO NOTHING
"""
