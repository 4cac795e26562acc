"""What every signer keeps."""

import pickle
import traceback

from metadrill.ports import Signer
from metadrill.testing import signer as twin
from metadrill.testing.contracts.patience import refuses


class SignerContract:
    """Fixtures: `signer`; `secrets`, texts (of its key, its passphrase) that must not get out of it."""

    def test_its_signature_is_one_of_the_certificates_key(self, signer: Signer) -> None:
        for payload in (b"", b"evidence", bytes(range(256)) * 300):
            assert twin.verifies(signer.certificate, payload, signer.sign(payload))

    def test_its_signature_is_of_that_payload_alone(self, signer: Signer) -> None:
        assert not twin.verifies(signer.certificate, b"fail", signer.sign(b"pass"))

    def test_its_key_is_p256_and_its_certificate_one_in_pem(self, signer: Signer) -> None:
        assert twin.load(signer.certificate).public_key().curve.name == "secp256r1"
        assert signer.certificate.startswith(b"-----BEGIN CERTIFICATE-----\n")
        assert signer.certificate.endswith(b"-----END CERTIFICATE-----\n")
        assert signer.certificate.count(b"-----") == 4

    def test_it_says_whether_somebody_else_vouches_for_the_key(self, signer: Signer) -> None:
        certificate = twin.load(signer.certificate)
        assert signer.self_signed is (certificate.issuer == certificate.subject)

    def test_it_cannot_be_pickled(self, signer: Signer) -> None:
        with refuses(TypeError):
            pickle.dumps(signer)

    def test_no_secret_is_in_its_text_or_in_the_trace_of_an_error(
        self, signer: Signer, secrets: tuple[str, ...]
    ) -> None:
        with refuses(TypeError) as caught:
            signer.sign(None)  # type: ignore[arg-type]  # the error is what is looked at
        told = "".join(traceback.format_exception(caught[0]))
        for text in (repr(signer), str(signer), told, signer.certificate.decode()):
            assert [secret for secret in secrets if secret in text] == []
