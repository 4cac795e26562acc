"""Ways back: one file each, one class each, made from an `Action`."""
