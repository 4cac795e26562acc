"""The calls of a run as a shell script: what was changed, in order, as curl lines.

A record to read and to learn from. Everything out of the journal is quoted or stands in a
comment without line breaks; the password comes from the environment, through a file that
only its owner can read, so it never reaches the process list.
"""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from metadrill import glyphs
from metadrill.model.event import Event
from metadrill.packs import damage, words

_HEAD = """\
#!/usr/bin/env bash
# A record of run {run} (drill {drill}): every call that changed something, in order.
# Written by metadrill from journal.jsonl. It shows what ran; it does not measure or verify.
# Point it at a sandbox only.
set -euo pipefail
"""

_CREDENTIALS = """
: "${METADRILL_USER:=admin}"
: "${METADRILL_PASSWORD:?the password of the repository}"
credentials=$(mktemp)
trap 'rm -f "$credentials"' EXIT
secret=${METADRILL_USER}:${METADRILL_PASSWORD}
secret=${secret//\\\\/\\\\\\\\}
printf 'user = "%s"\\n' "${secret//\\"/\\\\\\"}" >"$credentials"
"""

_LEFT_OUT = re.compile(r"\(\d+ characters\)")
_WITH_PASSWORD = frozenset({"atlas"})


def render(events: tuple[Event, ...]) -> str:
    """Given a journal's events, return the script."""
    calls = [event.data for event in events if event.kind == "call.made"]
    components = list(dict.fromkeys(_component(call) for call in calls))
    opened = next((event.data for event in events if event.kind == "run.opened"), {})
    head = _HEAD.format(run=_said(opened.get("run")), drill=_said(opened.get("drill")))
    needed = [f': "${{{_variable(name)}:?the address of {name}}}"\n' for name in components]
    credentials = _CREDENTIALS if _WITH_PASSWORD & set(components) else ""
    lines = [_SHOWN[event.kind](event) for event in events if event.kind in _SHOWN]
    return head + "".join(needed) + credentials + "".join(lines)


def _component(call: Mapping[str, Any]) -> str:
    """A component's name becomes a variable's: what a shell does not allow in one is dropped."""
    return re.sub(r"[^a-z0-9]+", "_", str(call.get("component", "")).lower()).strip("_") or "unnamed"


def _variable(component: str) -> str:
    return f"METADRILL_{component.upper()}_URL"


def _said(value: Any) -> str:
    return glyphs.visible(words.plain(value))


def _comment(event: Event, *facts: str) -> str:
    told = "  ".join(fact for fact in facts if fact)
    return f"\n# {_said(event.at)}  {event.kind}  {glyphs.visible(told)}".rstrip() + "\n"


def _call(event: Event) -> str:
    data = event.data
    component = _component(data)
    path = words.plain(data.get("path"))
    words_of_call = ["curl", "--silent", "--show-error", "--fail-with-body", "--globoff"]
    if component in _WITH_PASSWORD:
        words_of_call += ["--config", '"$credentials"']
    words_of_call += ["--request", _quoted(words.plain(data.get("method")))]
    address = f'"${_variable(component)}"' + _quoted(path if path.startswith("/") else f"/{path}")
    lines = [" ".join([*words_of_call, address])]
    body = data.get("body")
    if isinstance(body, str) and _LEFT_OUT.fullmatch(body):
        told = glyphs.visible(" ".join(lines))
        return f"{_comment(event, 'body too long for the journal:', body)}# {told} --data-binary @…\n"
    if body is not None:
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        lines += ["  --header 'Content-Type: application/json'", f"  --data-raw {_quoted(text)}"]
    return _comment(event) + " \\\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Quoted for the shell; NUL, which no argument can hold, as its JSON escape."""
    return shlex.quote(text.replace("\0", "\\u0000"))


def _fault(event: Event) -> str:
    truth = event.data.get("truth")
    hurt = damage.read(truth if isinstance(truth, Mapping) else {})
    told = _comment(event, words.plain(event.data.get("fault")))
    told += "".join(f"#   {glyphs.visible(name)}: {glyphs.visible(value)}\n" for name, value in hurt.facts)
    if not hurt.of_bytes:
        return told
    file = shlex.quote(glyphs.visible(hurt.file))
    lines = [f"#   {file}, left as a comment: a record does not break anything\n"]
    for offset, old, new in hurt.flips:
        value = "".join(f"\\x{new[at : at + 2]}" for at in range(0, len(new), 2))
        lines.append(f"#   printf '{value}' | dd of={file} bs=1 seek={offset} conv=notrunc   # was 0x{old}\n")
    return told + "".join(lines)


def _recovery(event: Event) -> str:
    data = event.data
    facts = data.get("facts")
    told = words.plain(facts) if facts else ""
    seconds = f"{data['seconds']} s" if "seconds" in data else ""
    step = words.plain(data["step"]) if "step" in data else ""
    return _comment(event, words.plain(data.get("recovery")), step, seconds, told)


def _noted(*names: str) -> Callable[[Event], str]:
    def shown(event: Event) -> str:
        return _comment(event, *(words.plain(event.data[name]) for name in names if name in event.data))

    return shown


_SHOWN: dict[str, Callable[[Event], str]] = {
    "call.made": _call,
    "fault.injected": _fault,
    "fault.left_out": _noted("because"),
    "sandbox.created": _noted("kind", "id"),
    "stack.served": _noted("start"),
    "data.placed": _noted("dataset", "origin"),
    "backup.taken": _noted("recovery", "kind", "ref"),
    "outage.observed": _noted("probe", "answer"),
    "recovery.started": _recovery,
    "recovery.step": _recovery,
    "recovery.finished": _recovery,
    "recovery.failed": _noted("recovery", "because"),
    "recovery.left_out": _noted("because"),
    "stack.serving": _noted("probe", "answer"),
    "sandbox.removed": _noted("remaining"),
    "run.failed": _noted("error", "hint"),
    "run.aborted": _noted("signal"),
    "drill.closed": _noted("outcome"),
}
