"""What breaks: one file each, one class each, made from an `Action`."""
