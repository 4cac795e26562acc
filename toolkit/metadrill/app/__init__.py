"""One function per verb; the command line calls these and prints what they return."""
