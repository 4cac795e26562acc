"""A metadata repository, or a backup of one, as flat Arrow tables."""

from metadrill.census.tables import SCHEMAS, Census, Tables, build

__all__ = ["SCHEMAS", "Census", "Tables", "build"]
