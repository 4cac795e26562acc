"""metadrill: disaster-recovery drills and compliance evidence for metadata repositories."""

__version__ = "0.1.0"
