"""Where the templates and the style of the reports lie."""

from pathlib import Path

from metadrill.errors import EnvironmentNotReady

_PACKAGE = Path(__file__).resolve().parent.parent


def reports(package: Path = _PACKAGE) -> Path:
    """Given the package's folder, return its `reports/`: inside an installed wheel, or of a checkout.

    Raises EnvironmentNotReady when neither is there.
    """
    places = (package / "content" / "reports", package.parent.parent / "reports")
    for place in places:
        if (place / "templates").is_dir():
            return place
    raise EnvironmentNotReady(f"{places[0]}: no report templates", "the installation is incomplete")
