"""The hub's own certificate authority: laptops trust it alone, so no public certificate is needed and none is believed.

Two places for an authority allow a change of it: a new one is announced under the old one before it is used.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import os
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_DAYS: Final = 3650
SERVER_DAYS: Final = 397
RENEW_DAYS: Final = 60   # a server certificate is made anew when less than this is left
EARLY_DAYS: Final = SERVER_DAYS
"""Certificates begin so long ago: a laptop whose clock is months behind still knows its hub. Browsers of some makers
take none that is good for more than 825 days in all."""

CA_FILE, CA_KEY, SERVER_FILE, SERVER_KEY = "ca.pem", "ca.key", "server.pem", "server.key"


def make_ca(folder: Path, name: str, now: datetime) -> None:
    """Make the authority of a new hub; its key is readable by its owner alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _common_name(f"kanto-desk hub {name}"))])
    certificate = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
                   .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=EARLY_DAYS))
                   .not_valid_after(now + timedelta(days=CA_DAYS))
                   .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                   .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False),
                                  critical=True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
                   .sign(key, hashes.SHA256()))
    _keep(folder / CA_KEY, _private(key))
    _keep(folder / CA_FILE, certificate.public_bytes(serialization.Encoding.PEM), public=True)


def _common_name(name: str) -> str:
    """As much of a name as a certificate holds: 64 bytes (RFC 5280, appendix A), and no half letter."""
    return name.encode()[:64].decode(errors="ignore")


def ready_server(folder: Path, hosts: list[str], now: datetime) -> tuple[Path, Path]:
    """The certificate and key for these host names and addresses, made anew where they do not fit or run out."""
    chain, key_file = folder / SERVER_FILE, folder / SERVER_KEY
    with alone(folder):   # two processes of a hub may begin at once: the key of one and the certificate of the other
        _make_server(folder, chain, key_file, hosts, now)
    return chain, key_file


def _make_server(folder: Path, chain: Path, key_file: Path, hosts: list[str], now: datetime) -> None:
    if not (chain.exists() and key_file.exists() and _fits(chain, hosts, now)):
        ca = x509.load_pem_x509_certificate((folder / CA_FILE).read_bytes())
        ca_key = serialization.load_pem_private_key((folder / CA_KEY).read_bytes(), None)
        assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (x509.CertificateBuilder()
                       .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])]))
                       .issuer_name(ca.subject).public_key(key.public_key())
                       .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=EARLY_DAYS))
                       .not_valid_after(now + timedelta(days=SERVER_DAYS))
                       .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                       .add_extension(x509.SubjectAlternativeName([_name(h) for h in hosts]), critical=False)
                       .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
                       .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()),
                                      critical=False)
                       .sign(ca_key, hashes.SHA256()))
        _keep(key_file, _private(key))
        _keep(chain, certificate.public_bytes(serialization.Encoding.PEM), public=True)


def reloaded(folder: Path, context: ssl.SSLContext, shown: bytes) -> bytes:
    """Let a context show the certificate of the folder from its next connection on, where it is not the one shown."""
    chain = folder / SERVER_FILE
    with alone(folder):   # key and certificate of one making
        pem = chain.read_bytes()
        if pem != shown:
            context.load_cert_chain(chain, folder / SERVER_KEY)
    return pem


def authority_ends(folder: Path) -> datetime:
    """The moment from which the authority of a hub is good for nothing."""
    return x509.load_pem_x509_certificate((folder / CA_FILE).read_bytes()).not_valid_after_utc


def fingerprint(pem: bytes) -> str:
    """20 bytes of SHA-256 over the authority's certificate in base32, as it stands in the line of enrolment."""
    der = x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
    return base64.b32encode(hashlib.sha256(der).digest()[:20]).decode().lower()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While inside, no other process is; waits its turn."""
    handle = os.open(folder / ".server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait_for(handle)
        yield
    finally:
        os.close(handle)   # gives the lock back, as does the death of the process


if sys.platform == "win32":
    import msvcrt

    def _wait_for(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
else:
    import fcntl

    def _wait_for(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX)


def _fits(chain: Path, hosts: list[str], now: datetime) -> bool:
    certificate = x509.load_pem_x509_certificate(chain.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    lasts = certificate.not_valid_after_utc > now + timedelta(days=RENEW_DAYS)
    begun = certificate.not_valid_before_utc <= now   # not so where this computer's clock was years ahead
    return lasts and begun and set(names) == {_name(h) for h in hosts}


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def _keep(file: Path, content: bytes, *, public: bool = False) -> None:
    """Write a file whole, with its rights from the first byte on."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644 if public else 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.replace(new, file)
