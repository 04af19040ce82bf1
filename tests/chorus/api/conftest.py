import datetime
import ipaddress
import json
import ssl

import pytest
import responses
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .far_side import API, FINE, client


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> str:
    """A file with one certificate for 127.0.0.1, its own authority, and its key beside it (`.key`)."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "authority.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(path)


@pytest.fixture
def tls(authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, authority.replace(".pem", ".key"))
    return context


@pytest.fixture
def web():
    """Answers given without a socket; what an answer means and how it is read is tested with it."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def chorus():
    with client(API) as chorus:
        yield chorus


@pytest.fixture
def answer(web):
    """answer("factures/soumettre", {…}, {…}) → the bodies that were asked, one for each answer."""

    def answer(path: str, *payloads: dict):
        family, _, operation = path.partition("/")
        asked = []

        def callback(request):
            asked.append(json.loads(request.body))
            return 200, {}, json.dumps({**FINE, **payloads[len(asked) - 1]})

        web.add_callback(responses.POST, f"{API}/cpro/{family}/v1/{operation}", callback)
        return asked

    return answer
