"""nginx in front of the dashboard, set up as in docs/operations.md, with its own certificate."""

import datetime
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.serving.deployment import PATIENCE, ROOT, free_port

NAME = "phonebook.example.com"
"""Under which the docs have the dashboard reached."""


def documented() -> str:
    """Return the configuration in the docs."""
    [found] = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs" / "operations.md").read_text(), re.DOTALL)
    return str(found)


def certificate(folder: Path) -> None:
    """Make a key, and a certificate for the documented name and for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName(NAME), x509.DNSName("localhost")]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


class Nginx:
    """A running nginx; `https` and `http` are its addresses on loopback, `certificate` is the file to trust."""

    def __init__(self, dashboard: str, path: str = "") -> None:
        """Take the dashboard's address, and the path that users find it under."""
        self._folder = Path(tempfile.mkdtemp(prefix="nginx-"))
        certificate(self._folder)
        self.certificate = str(self._folder / "fullchain.pem")
        http, https = free_port(), free_port()
        self.http, self.https = f"http://127.0.0.1:{http}", f"https://localhost:{https}"
        places = {
            "listen 80;": f"listen 127.0.0.1:{http};",
            "listen 443 ": f"listen 127.0.0.1:{https} ",
            "/etc/letsencrypt/live/phonebook.example.com": str(self._folder),
            "/var/log/nginx": str(self._folder),
            "http://127.0.0.1:8000": dashboard,
            "location / {": f"location {path}/ {{",
        }
        text = documented()
        for here, there in places.items():
            assert here in text, here
            text = text.replace(here, there)
        temporary = "".join(
            f"{kind}_temp_path {self._folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.getuid() == 0 else ""  # else it gives its folders to somebody who can't reach them
        (self._folder / "nginx.conf").write_text(
            f"{user} pid {self._folder}/pid; error_log {self._folder}/error.log; daemon off; events {{}}\n"
            f"http {{ {temporary} access_log off;\n{text}\n}}\n"
        )
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "no nginx found: make test installs it"
        self._process = subprocess.Popen([program, "-p", self._folder, "-e", "error.log", "-c", "nginx.conf"])
        self._port = int(https)

    def __enter__(self) -> Self:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port), PATIENCE).close()
            except ConnectionRefusedError:
                assert self._process.poll() is None, (self._folder / "error.log").read_text()
                assert time.monotonic() < end
                time.sleep(0.02)
            else:
                return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        shutil.rmtree(self._folder)

    def log_with(self, text: str) -> str:
        """Return the access log once it contains a text: lines are written after the answer was sent."""
        end = time.monotonic() + PATIENCE
        while text not in (log := (self._folder / "phonebook.log").read_text()):
            assert time.monotonic() < end, log
            time.sleep(0.02)
        return log
