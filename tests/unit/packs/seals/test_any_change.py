"""Whatever becomes of a file of a pack: it is refused by both judges, and neither of them breaks."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metadrill.packs import sums

from .conftest import PDF

NAMES = ("statement.dsse.json", "certificate.pem", "journal.jsonl", "assessment.json", PDF)
PIECES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [b"null", b"[]", b"{}", b'"', b"0", b"-1", b"9" * 400, b"\x30\x84\xff\xff\xff\xff", b"[" * 2000]
    ),
)
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), PIECES), min_size=1, max_size=6)


def _edited(whole, edits):
    for share, cut, piece in edits:
        at = round(share * len(whole))
        whole = whole[:at] + piece + whole[at + cut :]
    return whole


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(NAMES), edits=EDITS, anew=st.booleans())
def test_any_change_of_a_file_is_refused_whether_or_not_its_sums_are_written_anew(
    pack, judges, name, edits, anew
):
    path = pack.folder / name
    whole = path.read_bytes()
    damaged = _edited(whole, edits)
    path.write_bytes(damaged)
    if anew:
        sums.write_sums(pack.folder)
    ours, theirs = judges(pack.folder)
    path.write_bytes(whole)
    sums.write_sums(pack.folder)
    assert (bool(ours), bool(theirs)) == ((True, True) if damaged != whole else (False, False))
