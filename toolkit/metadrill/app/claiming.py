"""`sandbox claim`: a person says that metadrill may break a target for a while."""

from collections.abc import Callable

from metadrill.app import material
from metadrill.app.settings import Settings
from metadrill.sandboxes import attach, claims
from metadrill.sandboxes.claims import Claim

Ask = Callable[[str, str], str]
"""Given what will be claimed and the cluster's identity, returns what the person typed."""


def claim(settings: Settings, stack: str, ask: Ask) -> Claim:
    """Claim the target that a stack names; return the claim. Raises Refused, UsageError, Unreachable."""
    recipe = material.project(settings).stack(stack)
    target = attach.target(recipe.config, recipe.source)
    return claims.write(target.elasticsearch, target.atlas, ask)
