"""Values only: frozen dataclasses and enums, standard library alone."""
