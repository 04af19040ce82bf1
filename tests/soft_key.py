"""A security key made of Python, and what a browser hands on of its answers."""

import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

Flag, Asked = AuthenticatorData.FLAG, CollectedClientData.TYPE


class SoftKey:
    def __init__(self, origin: str = "https://testserver"):
        self.origin, self.id = origin, os.urandom(16)
        self._private = ec.generate_private_key(ec.SECP256R1())

    def introduce(self, options: dict) -> dict:
        """What it says to a site that does not know it yet."""
        public = ES256.from_cryptography_key(self._private.public_key())
        credential = AttestedCredentialData.create(bytes(16), self.id, public)
        about = AuthenticatorData.create(_site(options["rp"]["id"]), Flag.UP | Flag.AT, 0, credential)
        seen = self._seen(Asked.CREATE, options)
        return self._told({"clientDataJSON": seen, "attestationObject": AttestationObject.create("none", about, {})})

    def answer(self, options: dict) -> dict:
        about = AuthenticatorData.create(_site(options["rpId"]), Flag.UP, 1)
        seen = self._seen(Asked.GET, options)
        signature = self._private.sign(about + seen.hash, ec.ECDSA(SHA256()))
        return self._told({"clientDataJSON": seen, "authenticatorData": about, "signature": signature})

    def _seen(self, asked: str, options: dict) -> CollectedClientData:
        return CollectedClientData.create(asked, options["challenge"], self.origin)

    def _told(self, response: dict[str, bytes]) -> dict:
        name = websafe_encode(self.id)
        told = {key: websafe_encode(value) for key, value in response.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": told, "clientExtensionResults": {}}


def _site(name: str) -> bytes:
    return sha256(name.encode())
