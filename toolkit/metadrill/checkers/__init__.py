"""Checkers: what judges the frames of a census by a suite, and says what it could not judge."""
