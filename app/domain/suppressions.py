"""Why may a number be suppressed? The words of its reasons."""

SUPPRESSION_REASONS = (
    "opt_out",
    "objection",
    "complaint",
    "review",
    "wrong_number",
    "invalid_number",
    "hard_bounce",
    "carrier_blocked",
    "deactivated",
    "reassigned",
    "erased",
    "dnc",
)
