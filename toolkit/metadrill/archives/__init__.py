"""Containers of many files, read and written in one pass: an export's zip, a set's tar in zstd."""
