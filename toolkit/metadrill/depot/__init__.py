"""Backup sets: taken, kept in a folder, verified, chosen."""
