"""The table of commands: name → group of the help, and where it is. Read by `main`, by the
completion and by the house tests. Nothing is imported until a command is called."""

from typing import NamedTuple


class Entry(NamedTuple):
    """One command: the section of the help it stands in, its line there, and its place."""

    section: str
    line: str
    place: str


COMMANDS: dict[str, Entry] = {
    "doctor": Entry("Start", "Is this machine ready, and is anything left over?", "looking:doctor"),
    "tour": Entry("Start", "A recorded real run, rendered in seconds, without any stack.", "evidence:tour"),
    "schema": Entry("Start", "The JSON Schema of a file kind, for editors.", "looking:schema"),
    "validate": Entry("Start", "Check scenario, drill and other files.", "validating:validate"),
    "plan": Entry("Drill", "What a run would do, step by step, with deadlines.", "looking:plan"),
    "run": Entry("Drill", "Run a drill: break a real stack, restore it, judge.", "drilling:run"),
    "history": Entry("Drill", "Past runs, and what they foretell of other sizes.", "history:history"),
    "backup": Entry("Protect", "Take, list, show and verify backup sets.", "backups:backup"),
    "restore": Entry("Recover", "Put a backup set into a fresh sandbox, and prove it.", "restoring:restore"),
    "drift": Entry(
        "Protect", "Two readings of a repository against each other, row by row.", "drifting:drift"
    ),
    "assess": Entry("Prove", "Judge an old run by today's rules.", "evidence:assess"),
    "report": Entry("Prove", "Build or open the report of a run.", "evidence:report"),
    "evidence": Entry("Prove", "Verify a sealed run offline; seal an old one.", "seals:evidence"),
    "audit": Entry("Prove", "The log of every action: show it, sign it, verify it.", "auditing:audit"),
    "sandbox": Entry("Operate", "Bring a stack up without a drill, and down again.", "operating:sandbox"),
    "qualify": Entry("Operate", "Try a stack of yours, and sign what came of it.", "qualifying:qualify"),
    "gc": Entry("Operate", "Remove what killed runs left behind.", "operating:gc"),
    "explain": Entry("Operate", "What an exit code, an event or a check means.", "looking:explain"),
    "completion": Entry("Operate", "Completion for bash, zsh or fish.", "looking:completion"),
}

SECTIONS = ("Start", "Drill", "Protect", "Recover", "Prove", "Operate")
