"""Signatures inside PDFs: PAdES B-B, invisible. The only module of the room that imports pyHanko, and late.

An incremental update: the unsigned bytes are the beginning of the signed ones. Nothing in it
comes from a clock or from chance: the time is the run's, and so is the same key's signature
over the same bytes, where the key signs as RFC 6979 says.
"""

import asyncio
import hashlib
import io
import logging
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from metadrill.errors import JournalError
from metadrill.ports import Signer

FIELD = "metadrill"
_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
_LONGEST = 72  # bytes of an ECDSA signature over P-256 in DER


@dataclass(frozen=True)
class Found:
    """What a PDF's signature is worth.

    `intact`: the signed bytes are those that were signed. `valid`: the signature is by the key
    inside. `whole`: nothing but the signature itself is left out. `fingerprint` is the SHA-256
    (hex) of the key's SubjectPublicKeyInfo. `wrong` says what is not so, with the bytes.
    """

    intact: bool
    valid: bool
    whole: bool
    fingerprint: str | None
    wrong: tuple[str, ...]


def sign(pdf: bytes, signer: Signer, when: datetime) -> bytes:
    """Given an unsigned PDF, return it signed, the time in it being `when`.

    Raises JournalError when it is signed already or cannot be read.
    """
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import SigningError

    if _RANGE.search(pdf):
        raise JournalError("the PDF is signed already", "sign what was rendered")
    try:
        return asyncio.run(_signed(pdf, signer, when))
    except (PdfError, SigningError, ValueError) as error:
        raise JournalError(f"the PDF cannot be signed: {error}", "render it again") from None


async def _signed(pdf: bytes, signer: Signer, when: datetime) -> bytes:
    from pyhanko.sign import fields
    from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
    from pyhanko.sign.signers.pdf_byterange import PdfSignedData

    by = _signing(signer)
    empty = await by.async_sign(bytes(32), "sha256", dry_run=True, use_pades=True)
    shape = fields.SigFieldSpec(
        FIELD,
        readable_field_name="Digital signature",
        invis_sig_settings=fields.InvisSigSettings(set_print_flag=True, box_out_of_bounds=True),
    )
    steps = PdfCMSEmbedder(shape).write_cms(FIELD, _writing(pdf))
    next(steps)
    place = PdfSignedData(
        obj_type=_name("/Sig"),
        subfilter=fields.SigSeedSubFilter.PADES,
        timestamp=when,
        bytes_reserved=2 * len(empty.dump()),
    )
    steps.send(SigObjSetup(sig_placeholder=place))
    prepared, output = steps.send(SigIOSetup(md_algorithm="sha256", in_place=False))
    steps.send(await by.async_sign(prepared.document_digest, "sha256", use_pades=True))
    return bytes(output.getbuffer())


def _name(text: str) -> Any:
    from pyhanko.pdf_utils.generic import pdf_name

    return pdf_name(text)


def _signing(signer: Signer) -> Any:
    """Our port as pyHanko's signer."""
    from asn1crypto import algos, pem, x509
    from pyhanko.sign import signers

    class Through(signers.Signer):
        async def async_sign_raw(
            self,
            data: bytes,
            digest_algorithm: str,
            dry_run: bool = False,  # noqa: FBT001 - pyHanko's own signature
        ) -> bytes:
            return bytes(_LONGEST) if dry_run else signer.sign(data)

    certificate = x509.Certificate.load(pem.unarmor(signer.certificate)[2])
    return Through(
        signing_cert=certificate,
        signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
    )


def _writing(pdf: bytes) -> Any:
    """pyHanko's writer, without the clock it reads for the metadata and the chance it takes for the id."""
    from pyhanko.pdf_utils.generic import ByteStringObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class Writing(IncrementalPdfFileWriter):
        @classmethod
        def _handle_id(cls, prev: Any) -> Any:
            made: Any = super()._handle_id(prev)  # type: ignore[no-untyped-call]  # pyHanko's
            made[1] = ByteStringObject(hashlib.sha256(pdf).digest()[:16])
            return made

        def _update_meta(self) -> None:
            """The metadata of the document stay as they were rendered."""

    return Writing(io.BytesIO(pdf))


def validate(pdf: bytes) -> Found:
    """Given a PDF's bytes, return what its one signature is worth; never raises for what is in them."""
    ranges = _RANGE.findall(pdf)
    if len(ranges) != 1:
        told = "not signed" if not ranges else f"{len(ranges)} signatures, where one belongs"
        return Found(False, False, False, None, (told,))
    first, size, second, rest = (int(number) for number in ranges[0])
    wrong = _outside(pdf, (first, size, second, rest))
    whole = not wrong
    try:
        intact, valid, fingerprint, covered = _looked_at(pdf)
    except Exception as error:  # noqa: BLE001 - whatever a forged PDF makes a parser raise, it is not valid
        told = f"bytes {size}-{second - 1} (the signature) cannot be read: {type(error).__name__}"
        return Found(False, False, whole, None, (*wrong, told))
    if not intact:
        wrong += (f"bytes 0-{size - 1} or {second}-{second + rest - 1} (what is signed) were changed",)
    elif not valid:
        wrong += (f"bytes {size}-{second - 1} (the signature) were changed",)
    elif whole and not covered:
        wrong += ("the signature does not cover the whole document",)
    return Found(intact, valid, whole and covered, fingerprint, wrong)


def _outside(pdf: bytes, numbers: tuple[int, int, int, int]) -> tuple[str, ...]:
    """What the two ranges leave out, beyond the signature between them: ISO 32000-1, 12.8.1."""
    first, size, second, rest = numbers
    if first != 0 or second <= size or second > len(pdf):
        return (f"the signed ranges {first}+{size} and {second}+{rest} are not those of a whole file",)
    if second + rest < len(pdf):
        return (f"bytes {second + rest}-{len(pdf) - 1} were appended after it was signed",)
    if second + rest > len(pdf):
        return (f"bytes {len(pdf)}-{second + rest - 1} are missing at the end",)
    if not re.fullmatch(rb"<[0-9A-F]+>", pdf[size:second]):
        return (f"bytes {size}-{second - 1} are not a signature alone",)
    return ()


def _looked_at(pdf: bytes) -> tuple[bool, bool, str, bool]:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    logging.getLogger("pyhanko").addHandler(logging.NullHandler())  # what it thinks of a forgery is not ours
    (found,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    if str(found.sig_object["/SubFilter"]) != "/ETSI.CAdES.detached":
        raise ValueError("another kind of signature")
    certificate = found.signer_cert
    intact, valid = validate_sig_integrity(
        found.signer_info, certificate, expected_content_type="data", actual_digest=found.compute_digest()
    )
    fingerprint = hashlib.sha256(certificate.public_key.dump()).hexdigest()
    covered = found.evaluate_signature_coverage() == SignatureCoverageLevel.ENTIRE_FILE
    return intact, valid, fingerprint, covered
