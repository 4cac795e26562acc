"""Who may do what, where: decided from the roles of the configuration, and from nothing else."""

from metadrill.model.configuration import Permission, Role


def allowed(roles: tuple[Role, ...], who: str, permission: Permission, environment: str) -> Role | None:
    """Return the first role that lets a user do this in an environment; None where none does.

    Names are compared as they are written: no pattern, no group, no other case.
    """
    able = granting(roles, permission, environment)
    return next((role for role in able if who in role.who), None)


def granting(roles: tuple[Role, ...], permission: Permission, environment: str) -> tuple[Role, ...]:
    """Return the roles that may do this in an environment, whoever is in them."""
    return tuple(
        role
        for role in roles
        if permission in role.may and (not role.environments or environment in role.environments)
    )
