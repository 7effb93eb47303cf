"""A made-up certificate authority, certificates under it, and the signing of a PDF outside of canbo."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass
class Holder:
    """A key with its certificate, and the certificates above it."""

    key: Key
    certificate: x509.Certificate
    above: list[x509.Certificate]

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


def key_of(kind: str) -> Key:
    return rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())


def holder(
    name: str, kind: str = "rsa", *, under: Holder | None = None, issues: bool = False, years: tuple[int, int] = (2020, 2040)
) -> Holder:
    """A certificate: its own root, or under another."""
    key = key_of(kind)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(not issues, not issues, False, False, False, issues, issues, False, False)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(under.certificate.subject if under else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(years[0], 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(years[1], 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=issues, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(under.key if under else key, hashes.SHA256())
    )
    return Holder(key, made, [under.certificate, *under.above] if under else [])


def folder_of_roots(folder: Path, *roots: Holder) -> Path:
    """A folder with the certificates to trust."""
    folder.mkdir(exist_ok=True)
    for number, root in enumerate(roots):
        (folder / f"{number}.pem").write_bytes(root.certificate.public_bytes(serialization.Encoding.PEM))
    return folder


def blank_pdf() -> bytes:
    """A PDF of one empty page."""
    from pyhanko.pdf_utils import generic

    writer = PdfFileWriter()
    contents = writer.add_object(generic.StreamObject(stream_data=b""))
    writer.insert_page(PageObject(contents=contents, media_box=generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 842)))))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def sign_pdf(pdf: bytes, by: Holder, **how: Any) -> bytes:
    """Sign a PDF, as a program outside of canbo does."""
    private = by.key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    store = SimpleCertificateStore()
    store.register_multiple([Certificate.load(each.public_bytes(serialization.Encoding.DER)) for each in by.above])
    signer = signers.SimpleSigner(
        signing_cert=Certificate.load(by.der), signing_key=PrivateKeyInfo.load(private), cert_registry=store, **how
    )
    out = io.BytesIO()
    field = f"Signature{pdf.count(b'/ByteRange') + 1}"
    signers.sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False),
        signers.PdfSignatureMetadata(field_name=field),
        signer=signer,
        output=out,
    )
    return out.getvalue()
