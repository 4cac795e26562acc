"""`python -m metadrill`."""

from metadrill.cli.main import main

main()
