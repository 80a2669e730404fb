"""How often reservations are looked after."""

# A budget that is over late by this much harms nobody: what is reserved counts as spent anyway.
EVERY_SECONDS = 5.0
