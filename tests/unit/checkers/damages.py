"""Every seeded damage."""

from . import seeded, seeded_audit, seeded_standing

DAMAGES = seeded.DAMAGES | seeded_audit.AUDIT | seeded_standing.STANDING
ABLE = frozenset({"index_files", "self_check", "consumer_offsets", "audit_kept"})
"""What a stack must be able to do for every check."""
