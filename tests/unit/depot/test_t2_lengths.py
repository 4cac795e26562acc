"""T2: no file of a set can be cut, and none made longer."""

import pytest

PLACES = 60
TAILS = (b"\n", b"\0", b" ", b"=", b"}\n", b"PK\x05\x06")


@pytest.mark.parametrize(
    "every", [False, pytest.param(True, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])]
)
def test_t2_a_file_cut_at_any_length_is_refused_and_nothing_restored(small, backup_verifier, every):
    tried = taken = disagreed = 0
    for path in small.files:
        whole = path.read_bytes()
        stride = 1 if every else max(1, len(whole) // PLACES)
        for length in sorted({*range(0, len(whole), stride), len(whole) - 1}):
            path.write_bytes(whole[:length])
            tried += 1
            taken += not small.wrong()
            disagreed += small.judged(backup_verifier)
            if tried % 32 == 0:
                taken += small.restores()
                disagreed += small.summed()
        path.write_bytes(whole)
    assert (taken, disagreed) == (0, 0), f"of {tried}"
    assert small.wrong() == [] and small.judged(backup_verifier) and tried > 800


@pytest.mark.parametrize(
    "every", [False, pytest.param(True, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])]
)
def test_t2_a_file_with_anything_after_its_end_is_refused_and_nothing_restored(small, backup_verifier, every):
    lengths = range(1, 4097) if every else [*range(1, 9), *range(9, 4097, 511), 4096]
    tried = taken = disagreed = 0
    for path in small.files:
        whole = path.read_bytes()
        for length in lengths:
            tail = TAILS[length % len(TAILS)]
            path.write_bytes(whole + (tail * length)[:length])
            tried += 1
            taken += not small.wrong()
            disagreed += small.judged(backup_verifier)
            if tried % 32 == 0:
                taken += small.restores()
                disagreed += small.summed()
        path.write_bytes(whole)
    assert (taken, disagreed) == (0, 0), f"of {tried}"
    assert small.wrong() == [] and small.judged(backup_verifier) and tried > 200
