"""Whether the user may do what he asks for: by the roles of `metadrill.yaml`, and noted where not."""

from metadrill.app import auditing
from metadrill.app.settings import Settings
from metadrill.errors import MetadrillError, Refused
from metadrill.governance import actors, roles
from metadrill.model.configuration import Permission, Role

UNGUARDED = "no roles configured"


def require(settings: Settings, permission: Permission, environment: str, action: str, name: str) -> str:
    """Return by which role the user may do this, for the facts of the action's audit entry.

    `action` and `name` are those of that entry. Where no role is configured everybody may, and that
    is what it says. Raises Refused where none lets him, once that is in the audit log.
    """
    if not settings.roles:
        return UNGUARDED
    who = actors.current().user
    role = roles.allowed(settings.roles, who, permission, environment)
    if role is not None:
        return f"role {role.name}"
    able = roles.granting(settings.roles, permission, environment)
    message = f"{action} {name}: user {who} may not {permission.value} in environment '{environment}'"
    facts = {"permission": permission.value, "environment": environment, "roles": [row.name for row in able]}
    try:
        auditing.refused(settings, action, name, facts)
    except MetadrillError as failure:
        message += f"; and that could not be noted: {failure.message}"
    raise Refused(message, _hint(able))


def _hint(able: tuple[Role, ...]) -> str:
    if not able:
        return "no role may: see `roles` in metadrill.yaml"
    return "may: " + "; ".join(f"role {role.name} ({', '.join(role.who)})" for role in able)
