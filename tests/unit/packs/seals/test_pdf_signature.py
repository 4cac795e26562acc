"""The signature inside a PDF: where it stands, what it asserts, what it cannot be put into."""

from datetime import UTC, datetime

import pytest

from metadrill.envelopes import certificates
from metadrill.errors import JournalError
from metadrill.packs import pdf_signature
from metadrill.testing import MemorySigner

WHEN = datetime(2026, 9, 14, 3, 0, 7, tzinfo=UTC)


class Repeats(MemorySigner):
    """A twin that signs the same bytes the same way, as a key with RFC 6979 does."""

    def __init__(self):
        super().__init__()
        self._given = {}

    def sign(self, payload):
        return self._given.setdefault(payload, super().sign(payload))


def test_the_unsigned_bytes_are_the_beginning_of_the_signed_ones(pdf):
    signed = pdf_signature.sign(pdf, MemorySigner(), WHEN)
    assert signed.startswith(pdf) and len(signed) - len(pdf) < 4000


def test_it_is_valid_whole_and_by_the_signers_key(pdf):
    signer = MemorySigner()
    found = pdf_signature.validate(pdf_signature.sign(pdf, signer, WHEN))
    assert found == pdf_signature.Found(
        True, True, True, certificates.read(signer.certificate, "it").fingerprint, ()
    )


def test_signed_again_it_is_the_same_bytes_no_clock_and_no_chance_in_it(pdf):
    signer = Repeats()
    assert pdf_signature.sign(pdf, signer, WHEN) == pdf_signature.sign(pdf, signer, WHEN)


def test_the_only_time_in_it_is_the_runs(pdf):
    added = pdf_signature.sign(pdf, MemorySigner(), WHEN)[len(pdf) :]
    assert b"/M (D\\07220260914030007Z)" in added and added.count(b"(D\\072") == 1
    assert b"ModDate" not in added and b"xmp" not in added.lower()


def test_one_that_is_signed_is_not_signed_twice(pdf):
    signed = pdf_signature.sign(pdf, MemorySigner(), WHEN)
    with pytest.raises(JournalError, match="signed already"):
        pdf_signature.sign(signed, MemorySigner(), WHEN)


@pytest.mark.parametrize("raw", [b"", b"%PDF-1.7\n", b"nonsense" * 100])
def test_what_is_no_pdf_is_an_error_of_ours(raw):
    with pytest.raises(JournalError, match="cannot be signed"):
        pdf_signature.sign(raw, MemorySigner(), WHEN)
    assert pdf_signature.validate(raw).wrong == ("not signed",)


@pytest.mark.parametrize("numbers", [(0, 10, 20, 30), (5, 10, 20, 30), (0, 0, 0, 0), (0, 99999999, 20, 30)])
def test_a_forged_range_is_wrong_and_never_an_exception(pdf, numbers):
    forged = pdf + b"\n/ByteRange [%d %d %d %d]" % numbers
    found = pdf_signature.validate(forged)
    assert found.wrong and not found.whole and not found.valid


def test_a_signature_of_one_pdf_put_behind_another_is_invalid(pdf):
    other = pdf[:600] + bytes([pdf[600] ^ 1]) + pdf[601:]
    added = pdf_signature.sign(pdf, MemorySigner(), WHEN)[len(pdf) :]
    found = pdf_signature.validate(other + added)
    assert not found.intact and "what is signed" in found.wrong[0]
