"""What is written while a drill runs."""
