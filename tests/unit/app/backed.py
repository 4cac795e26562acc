"""A project with a depot of sets that the twin gave, and a connection that leads to the twin."""

import json
from datetime import timedelta

from metadrill.app import depots
from metadrill.app.settings import Settings
from metadrill.depot import taking
from metadrill.depot.taking import Crew, Order
from metadrill.governance import audit
from metadrill.model.backup import Method, Mode
from metadrill.signers.file_key import FileKey
from metadrill.testing import MemorySandboxes, MemoryStack

SOON = timedelta(seconds=5)
SCENARIO = """
metadrill: scenario/v1
name: twin-loss
title: Both stores are lost
threat: A wiped volume.
applies_to: [twin]
fault: {lose_stores: {}}
noticed_by:
  - search_answers: {type: hive_table, within: 1s}
recoveries: [backup_restore, physical_restore, logical_import]
must_hold: [small]
"""
DRILL = """
metadrill: drill/v1
name: NAME
scenario: twin-loss
recovery: backup_restore
stack: twin
data: DATA
objectives:
  rto: {limit: 1m}
  rpo: {limit: 1m}
"""
CONNECTION = """
sandbox: process
connections:
  live: {environment: east, production: false, stack: twin, atlas: "http://127.0.0.1:1",
         elasticsearch: "http://127.0.0.1:2", user: admin, password: {env: TWIN_PASSWORD}}
"""


class Backed:
    """A project with a depot: sets are put into it as the twin's own, and drills run on them."""

    def __init__(self, project, monkeypatch):
        self.project, self.call = project, project.call
        self.ledger = project.folder / ".metadrill"
        monkeypatch.setenv("METADRILL_KEYS", str(project.folder.parent / "keys"))
        self.settings = Settings(project.folder, self.ledger, project.cache, sandbox="process")
        self.stack = MemoryStack(MemorySandboxes(project.folder.parent / "memory").create("live"))
        self.stack.boot(SOON)
        self.stack.sample_data(SOON)
        self.stack.settle(SOON)
        self.live = project.folder.parent / "live.json"
        (project.folder / "scenarios" / "twin-loss.yaml").write_text(SCENARIO.lstrip())

    def take(self, mode=Mode.FULL, environment="east", versions=None):
        stack = {"kind": "twin", "name": "twin", "versions": versions or {}}
        facts = {"source": {"kind": "connection", "name": "live", "production": True}, "stack": stack}
        key = FileKey(self.settings.key)
        methods = frozenset(Method) if mode is Mode.FULL else frozenset({Method.LOGICAL})
        crew = Crew(self.stack.dialect, key, {"name": "metadrill", "version": "t", "commit": ""}, facts)
        depot = depots.depot(self.settings, None, key)
        return taking.take(depot, self.stack, Order(environment, mode, methods), crew)

    def drill(self, name, data):
        text = DRILL.replace("NAME", name).replace("DATA", data).lstrip()
        (self.project.folder / "drills" / f"{name}.yaml").write_text(text)
        return name

    def configure(self, text):
        (self.project.folder / "metadrill.yaml").write_text(text)

    def at_hand(self):
        """Let the connection lead to the twin as it is now; return what the call needs for it."""
        self.live.write_text(json.dumps(self.stack.graph.dump()))
        return {"TWIN_LIVE": str(self.live), "TWIN_PASSWORD": "secret-7391"}

    @property
    def deeds(self):
        return [(entry.action, entry.outcome) for entry in audit.read(self.ledger)]
