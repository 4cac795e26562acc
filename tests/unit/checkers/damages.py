"""Every seeded damage."""

from . import seeded, seeded_audit, seeded_index, seeded_standing

DAMAGES = seeded.DAMAGES | seeded_index.INDEX | seeded_audit.AUDIT | seeded_standing.STANDING
ABLE = frozenset(
    {"index_files", "self_check", "consumer_offsets", "audit_kept", "erasures_listed", "full_text"}
)
"""What a stack must be able to do for every check."""
