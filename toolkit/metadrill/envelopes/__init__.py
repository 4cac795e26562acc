"""Signed envelopes and certificates: what packs and backup sets are vouched for with."""
