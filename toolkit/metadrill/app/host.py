"""What is recorded of the tool and of the machine it ran on."""

import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metadrill import __version__, clock, plugins


def tool() -> Mapping[str, Any]:
    """Return the version, and in a checkout the commit and whether it was changed since."""
    top = Path(__file__).resolve().parents[3]
    facts: dict[str, Any] = {"name": "metadrill", "version": __version__, "commit": "", "dirty": None}
    if not (top / ".git").exists():
        return facts
    commit = _git(top, "rev-parse", "HEAD")
    if commit is not None:
        facts |= {"commit": commit, "dirty": bool(_git(top, "status", "--porcelain"))}
    return facts


def maker() -> Mapping[str, str]:
    """Return what a manifest says of the tool that made the set."""
    return {name: str(value) for name, value in tool().items() if name != "dirty"}


def machine() -> Mapping[str, Any]:
    """Return what of the machine bears on a time: cores, memory, system. No name of it."""
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": pages * page // 1_000_000,
        "clock": dict(clock.discipline()),
    }


def adapters(picked: Mapping[str, str]) -> list[Mapping[str, str]]:
    """Given a name per role, return where each adapter came from."""
    return [plugins.pick(role, name).facts for role, name in picked.items()]


def _git(top: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(top), *words], capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
