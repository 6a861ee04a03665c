"""This file holds an identity provider of our own, on this machine, that says whatever a test wants it to."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec


class Provider:
    """Signs ID tokens. What a test changes: `claims`, `status`, `description`, `signing_key`, `header`."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.signing_key: Any = self.key
        self.header: dict[str, Any] = {"kid": "one"}
        self.algorithm = "ES256"
        self.status = 200
        self.claims: dict[str, Any] = {}
        self.description: dict[str, Any] = {}
        self.forms: list[dict[str, str]] = []
        self.challenge = ""
        self.asked_for: dict[str, str] = {}

    def visited(self, url: str) -> dict[str, str]:
        """What a browser sent there asks for."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.challenge = asked["code_challenge"]
        self.asked_for = {"nonce": asked["nonce"], "aud": asked["client_id"]}
        return asked

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                **self.description,
            }
        if path == "/keys":
            published = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
            return 200, {"keys": [{**published, "kid": "one", "use": "sig", "alg": "ES256"}]}
        self.forms.append(form)
        proved = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if urlsafe_b64encode(proved).rstrip(b"=").decode() != self.challenge:
            return 400, {"error": "invalid_grant"}
        now = int(time())
        claims = {"iss": self.issuer, "sub": "person-1", "iat": now, "exp": now + 300, **self.asked_for, **self.claims}
        token = jwt.encode(claims, self.signing_key, algorithm=self.algorithm, headers=self.header)
        return self.status, {"access_token": "x", "token_type": "Bearer", "id_token": token}


@contextmanager
def running() -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.reply({name: values[0] for name, values in parse_qs(body).items()})

        def reply(self, form: dict[str, str]) -> None:
            status, told = provider.answer(urlsplit(self.path).path, form)
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(server.server_port)
    Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
