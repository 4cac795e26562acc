"""Recipes of repositories, and the adapters that bring them up in a sandbox."""
