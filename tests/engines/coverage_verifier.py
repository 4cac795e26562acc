"""Recompute every random pick of a coverage ledger, from toolkit/docs/coverage.md alone.

Shares no code with metadrill: python coverage_verifier.py coverage.jsonl [checkpoints/N.note ...]
"""

import base64
import hashlib
import json
import sys
from datetime import datetime
from pathlib import Path

DAYS = [("day", 1), ("week", 7), ("month", 30), ("quarter", 91), ("older", 10**6)]


def seed(given, occurrence):
    origin, size, root = given
    head = f"{origin}\n{size}\n{root}\n".encode() if size else hashlib.sha256(b"").digest()
    return hashlib.sha256(head + occurrence.encode()).digest()


def stratum(row, at):
    days = (datetime.fromisoformat(at) - datetime.fromisoformat(row[4])).total_seconds() / 86400
    return row[2], next(band for band, most in DAYS if days < most)


def pick(rows, sets, strata, key, at):
    fewest = min(sets.get(row[0], 0) for row in rows)
    due = sorted((stratum(row, at), row[0]) for row in rows if sets.get(row[0], 0) == fewest)
    oldest = min(strata.get(where, 0) for where, _ in due)
    count = [0]

    def draw(items):
        while True:
            block = hashlib.sha256(key + b"set" + count[0].to_bytes(8, "big")).digest()
            number, count[0] = int.from_bytes(block[:8], "big"), count[0] + 1
            if number < 2**64 - 2**64 % len(items):
                return items[number % len(items)]

    chosen = draw(sorted({where for where, _ in due if strata.get(where, 0) == oldest}))
    return draw([name for where, name in due if where == chosen])


def sample(guids, count, key, type_name):
    left = sorted(guids)
    counter = 0
    for place in range(count):
        while True:
            block = hashlib.sha256(key + f"entities:{type_name}".encode() + counter.to_bytes(8, "big"))
            number, counter = int.from_bytes(block.digest()[:8], "big"), counter + 1
            if number < 2**64 - 2**64 % (len(left) - place):
                break
        other = place + number % (len(left) - place)
        left[place], left[other] = left[other], left[place]
    return left[:count]


def verify(ledger, notes=()):
    """Return how many picks were recomputed; AssertionError where one is another."""
    before, lists, sets, strata, first, number, done = "0" * 64, {}, {}, {}, {}, 0, 0
    texts = [b"\n".join(note.split(b"\n")[:3]).decode() for note in notes]
    for line in ledger.splitlines():
        said = json.loads(line)
        assert said["prev"] == before, "the chain is broken"
        before = hashlib.sha256(line).hexdigest()
        if said["kind"] != "picked":
            continue
        number += 1
        rows = {name: row for name, row in lists.get(said["drill"], {}).items() if name not in said["gone"]}
        lists[said["drill"]] = rows = rows | {row[0]: row for row in said["added"]}
        occurrence = (said["drill"], said["occurrence"])
        if said["how"] == "hand":
            key = hashlib.sha256(said["given"][0].encode()).digest()
        else:
            assert base64.b64decode(said["given"][2]), "a root"
            assert not notes or not said["given"][1] or "\n".join(map(str, said["given"])) in texts
            key = seed(said["given"], said["occurrence"])
        assert key.hex() == said["seed"], "another seed"
        if said["how"] == "checkpoint" and occurrence in first:
            assert said["set"] == first[occurrence], "another set for the same occurrence"
            continue
        assert pick(rows.values(), sets, strata, key, said["at"]) == said["set"], "another pick"
        done += 1
        if said["how"] == "checkpoint":
            first[occurrence] = said["set"]
            sets[said["set"]] = sets.get(said["set"], 0) + 1
            strata[(said["environment"], said["band"])] = number
    return done


if __name__ == "__main__":
    path, *names = sys.argv[1:]
    print(f"{verify(Path(path).read_bytes(), [Path(name).read_bytes() for name in names])} picks, recomputed")
