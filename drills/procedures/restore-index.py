#!/usr/bin/env python3
"""A recovery procedure as many have it: delete the index, restore the snapshot, wait for green.

metadrill runs it and gives it the sandbox's address by environment variables; an exit code other
than 0 means that it failed. Nothing here is metadrill's: write yours in whatever you like.
"""

import json
import os
import time
import urllib.request

ELASTICSEARCH = os.environ["METADRILL_ELASTICSEARCH_URL"]
SNAPSHOT = os.environ["METADRILL_SNAPSHOT"]
INDICES = "janusgraph_vertex_index,janusgraph_edge_index,janusgraph_fulltext_index"


def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    kind = {"Content-Type": "application/json"}
    request = urllib.request.Request(ELASTICSEARCH + path, data, kind, method=method)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


call("PUT", "/_cluster/settings", {"persistent": {"action.auto_create_index": "false"}})
call("DELETE", f"/{INDICES}")
body = {"indices": INDICES, "include_global_state": False,
        "ignore_index_settings": ["index.shard.check_on_startup"]}  # fmt: skip
print(call("POST", f"/_snapshot/metadrill/{SNAPSHOT}/_restore?wait_for_completion=true", body))
call("PUT", "/_cluster/settings", {"persistent": {"action.auto_create_index": None}})
for _ in range(120):
    health = call("GET", "/_cluster/health/janusgraph*")["status"]
    if health == "green":
        print("green: done")
        break
    time.sleep(0.5)
else:
    raise SystemExit("the index did not become green")
