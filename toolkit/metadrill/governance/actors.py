"""Who acts: the operating-system user, and the run of a CI system where there is one.

The user is the kernel's word. The run of a CI system is what the environment says of it: a claim.
"""

import os
import pwd
from dataclasses import dataclass

CI = {
    "GITHUB_RUN_ID": "github",
    "CI_JOB_ID": "gitlab",
    "BUILD_TAG": "jenkins",
    "BUILDKITE_BUILD_ID": "buildkite",
    "CIRCLE_WORKFLOW_ID": "circleci",
    "BUILD_BUILDID": "azure",
    "AIRFLOW_CTX_DAG_RUN_ID": "airflow",
}
_MOST = 200


@dataclass(frozen=True)
class Actor:
    """A user by name and number, and the CI run it acts in (`github 123`), or None."""

    user: str
    uid: int
    ci: str | None


def current() -> Actor:
    """Return who runs this process."""
    uid = os.getuid()
    try:
        user = pwd.getpwuid(uid).pw_name
    except KeyError:  # a container's user often has no name
        user = str(uid)
    runs = (f"{system} {os.environ[name][:_MOST]}" for name, system in CI.items() if os.environ.get(name))
    return Actor(user, uid, next(runs, None))
