"""Keys that vouch for evidence: `file_key` (made on first use) and `pkcs12`."""
