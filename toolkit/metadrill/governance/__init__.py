"""What was planned, intended and done, outside the folders of the runs themselves."""
