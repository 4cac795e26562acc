#!/usr/bin/env python3
"""Verifies a sealed run of metadrill, offline: python3 -I verify.py [FOLDER] [--fingerprint SHA256:...]

Needs Python 3.9 or newer and nothing else. Exit code 0: all is as it was signed. 20: something is
not, and it is named. Take this file from a place that you trust, not from the pack that it shall
judge, and the fingerprint from the people who signed. Times are asserted by the producer.
"""

import argparse
import base64
import hashlib
import json
import pathlib
import re

LATER = re.compile(r"assessment-(?:[2-9]|[1-9][0-9]+)\.json")  # judged after the seal: not covered, not wrong

# ---- ECDSA over P-256 with SHA-256: FIPS 186-5, section 6.4.2; the curve: SP 800-186, section 3.2.1.3
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)  # fmt: skip
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")  # RFC 5480, uncompressed
SHA256, ECDSA_SHA256 = bytes.fromhex("0609608648016503040201"), bytes.fromhex("06082a8648ce3d040302")
MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")  # RFC 5652, 11.2


def add(one, two):
    """The sum of two points; None is the point at infinity."""
    if one is None or two is None:
        return one or two
    if one[0] == two[0] and (one[1] + two[1]) % P == 0:
        return None
    if one == two:
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, P)
    else:
        slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, P)
    x = (slope * slope - one[0] - two[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def signed(key, payload, signature):
    """Whether `signature` (DER: two integers) is one over `payload` by `key` (a point)."""
    _, body, _ = element(signature)
    r, s = (int.from_bytes(value, "big", signed=True) for _, value, _ in children(body))
    if not (0 < r < N and 0 < s < N):
        return False
    digest = int.from_bytes(hashlib.sha256(payload).digest(), "big")
    u, v = digest * pow(s, -1, N) % N, r * pow(s, -1, N) % N
    both, point = add(G, key), None
    for bit in range(255, -1, -1):  # u·G + v·key in one pass
        point = add(point, point)
        point = add(point, (None, G, key, both)[(u >> bit & 1) + 2 * (v >> bit & 1)])
    return point is not None and point[0] % N == r


# ---- DER: ITU-T X.690, only what is met here
def element(data):
    """The first element in `data`: its tag, its content, all of its bytes."""
    size, start = data[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start], "big")
    return data[0], data[start : start + size], data[: start + size]


def children(data):
    """The elements in `data`, one behind the other."""
    found = []
    while data:
        found.append(element(data))
        data = data[len(found[-1][2]) :]
    return found


def public_key(pem):
    """The point of a certificate's key, and the SHA-256 of its SubjectPublicKeyInfo: RFC 5280, 4.1."""
    body = pem.split(b"-----BEGIN CERTIFICATE-----")[1].split(b"-----END CERTIFICATE-----")[0]
    fields = children(element(element(base64.b64decode(body))[1])[1])
    spki = fields[6 if fields[0][0] == 0xA0 else 5][2]
    x, y = int.from_bytes(spki[27:59], "big"), int.from_bytes(spki[59:91], "big")
    if spki[:27] != SPKI or len(spki) != 91 or (y * y - (x * x * x - 3 * x + B)) % P:
        raise ValueError("not a P-256 key")
    return (x, y), hashlib.sha256(spki).hexdigest()


# ---- what a sealed run holds; a check raises, or yields, what is wrong
def read_sums(text):
    """SHA256SUMS as coreutils writes it: digest, two spaces, name; a leading backslash: name is escaped."""
    *lines, rest = text.split("\n")
    pairs = [(line[0] == "\\", line.lstrip("\\").split("  ", 1)) for line in lines]
    plain = {"\\n": "\n", "\\r": "\r", "\\\\": "\\"}
    found = [(re.sub(r"\\[\\nr]", lambda m: plain[m[0]], name) if escaped else name, digest)
             for escaped, (digest, name) in pairs]  # fmt: skip
    if rest or found != sorted(dict(found).items()):
        raise ValueError("not written as sums are")
    return dict(found)


def compare(noted, present, by):
    """What differs between digests as noted and as they are."""
    for name in sorted(noted.keys() | present.keys()):
        if name not in noted and not LATER.fullmatch(name):
            yield f"{name}: added, says {by}"
        elif name in noted and noted[name] != present.get(name):
            yield f"{name}: {'changed' if name in present else 'missing'}, says {by}"


def read_statement(raw, key, keyid):
    """The DSSE v1 envelope (github.com/secure-systems-lab/dsse), and the in-toto statement in it."""
    body = json.loads(raw)
    payload, kind = base64.b64decode(body["payload"], validate=True), body["payloadType"].encode()
    (one,) = body["signatures"]
    encoded = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    if one["keyid"] != keyid or not signed(key, encoded, base64.b64decode(one["sig"], validate=True)):
        raise ValueError("not signed by the key of certificate.pem")
    found = json.loads(payload)
    if found["predicateType"] != "urn:metadrill:drill-evidence:v1":
        raise ValueError("another kind of statement")
    return {one["name"]: one["digest"]["sha256"] for one in found["subject"]}, found["predicate"]


def check_journal(raw, last):
    """JSON Lines; `prev` of each is the SHA-256 of the bytes of the line before it."""
    *lines, _ = raw.split(b"\n")  # behind the last line break: nothing, or what a killed run did not end
    prev = "0" * 64
    for number, line in enumerate(lines):
        event = json.loads(line)
        if event["prev"] != prev or event["seq"] != number:
            raise ValueError(f"line {number + 1}: this one or the one before was changed, moved or removed")
        prev = hashlib.sha256(line + b"\n").hexdigest()
    if (prev, len(lines)) != (last["head"], last["events"]):
        raise ValueError(f"line {len(lines)}, the last of them, is not the signed one ({last['events']})")


def check_pdf(pdf, key):
    """A PDF's signature: ISO 32000-1, 12.8, and CMS: RFC 5652, 5.3 and 5.4."""
    ranges = re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", pdf)
    if len(ranges) != 1:
        raise ValueError(f"{len(ranges)} signatures, where one belongs")
    first, size, second, rest = map(int, ranges[0])
    if first or second + rest != len(pdf) or not re.fullmatch(rb"<[0-9A-F]+>", pdf[size:second]):
        raise ValueError(f"bytes {size}-{second - 1}, or what follows {second + rest - 1}, are not signed")
    _, content, _ = element(bytes.fromhex(pdf[size + 1 : second - 1].decode()))
    _, signers, _ = children(element(children(content)[1][1])[1])[-1]
    _, _, digest, attributes, how, (_, signature, _) = children(element(signers)[1])
    pairs = [children(value) for _, value, _ in children(attributes[1])]
    told = {name[2]: element(values[1])[1] for name, values in pairs}
    if attributes[0] != 0xA0 or not digest[1].startswith(SHA256) or not how[1].startswith(ECDSA_SHA256):
        raise ValueError("another kind of signature")
    if told.get(MESSAGE_DIGEST) != hashlib.sha256(pdf[:size] + pdf[second:]).digest():
        raise ValueError(f"bytes 0-{size - 1} or {second}-{len(pdf) - 1} (what is signed) were changed")
    if not signed(key, b"\x31" + attributes[2][1:], signature):  # as a SET OF: RFC 5652, 5.4
        raise ValueError(f"bytes {size}-{second - 1} (the signature): not by the key of certificate.pem")


def look(folder, fingerprint, facts):
    """Yield what is wrong in a run's folder, with the name of its file; add to `facts` what is not."""
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    files = {path.relative_to(folder).as_posix(): b"no file" if path.is_symlink() or not path.is_file()
             else path.read_bytes() for path in paths}  # fmt: skip
    present = {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items() if name != "SHA256SUMS"}
    step = "SHA256SUMS"
    try:
        yield from compare(read_sums(files[step].decode()), present, step)
        step = "certificate.pem"
        key, keyid = public_key(files[step])
        if fingerprint is not None and fingerprint != keyid:
            yield f"{step}: its key is SHA256:{keyid}, not the one asked for"
        step = "statement.dsse.json"
        subjects, predicate = read_statement(files[step], key, keyid)
        del present[step]
        yield from compare(subjects, present, "the signed statement")
        facts.append(f"run {predicate['run']}: {predicate['verdict']}, {predicate['evidenceClass']}")
        whose = "as demanded" if fingerprint else "compare it with one got elsewhere: --fingerprint"
        facts.append(f"{len(subjects)} files, signed by SHA256:{keyid} ({whose})")
        facts.extend(f"{name}: judged later, not covered" for name in present if name not in subjects)
        step = "journal.jsonl"
        check_journal(files[step], predicate["journal"])
        for step in sorted(name for name in present if name.endswith(".pdf") and "/" not in name):
            check_pdf(files[step], key)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, RecursionError) as error:
        yield f"{step}: not as it was signed: {error}" if step in files else f"{step}: missing"


def main():
    """Print what was found, and return the exit code."""
    parser = argparse.ArgumentParser(description="Verifies a sealed run of metadrill, offline.")
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--fingerprint", help="the key that must have signed: SHA256:...")
    asked, facts = parser.parse_args(), []
    wanted = asked.fingerprint and asked.fingerprint.lower().replace("sha256:", "").replace(":", "")
    wrong = list(look(asked.folder, wanted, facts))
    print("\n".join(f"{'WRONG' if wrong else 'ok   '}  {ascii(line)[1:-1]}" for line in wrong or facts))
    return 20 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
