"""Isolated places for one stack: `process` (child processes, no engine needed)."""
