"""Thin HTTP verbs for Atlas and Elasticsearch: no policy, no hidden retries."""
