"""The words before a run: what it touches, what it has to fetch, how long it may take."""

from metadrill import plugins
from metadrill.app import filling
from metadrill.app.settings import Settings
from metadrill.model import units
from metadrill.model.drill import Start
from metadrill.model.plan import Plan


def text(settings: Settings, plan: Plan) -> str:
    """Return the line that a person reads before anything is started."""
    make = plugins.pick("stacks", plan.stack.kind).load()
    stacks = make(plan.stack, plan.dataset, settings.cache, filling.nobody)
    wanted = stacks.missing()
    warm = stacks.kept() and plan.drill.start is Start.WARM
    minutes = "about 2 minutes" if warm else "about 5 minutes"
    size = units.size(sum(part.size for part in wanted))
    length = f"{size} to fetch once, {minutes}" if wanted else minutes.capitalize()
    what = "Demonstration: nothing" if "dataset" in plan.drill.data else "In a sandbox: nothing that runs"
    return f"{what} of yours is touched. {length}. Ctrl-C is safe."
