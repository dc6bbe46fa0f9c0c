"""Certificates for tests, good and bad, made by the openssl command: an authority, and what it signs."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
AUTHORITY = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash")
LOOPBACK = "subjectAltName=IP:127.0.0.1,DNS:localhost"
STRICT = ("authorityKeyIdentifier=keyid", "subjectKeyIdentifier=hash")

CONFIGURATION = """[ca]
default_ca = one
[one]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
"""


def openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path


class Authority:
    """A throw-away authority with its files in a folder."""

    def __init__(self, folder: Path, name: str = "authority", extensions: tuple[str, ...] = AUTHORITY) -> None:
        self.folder = folder
        self.certificate, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        config = folder / f"{name}.cnf"
        config.write_text(
            "[req]\ndistinguished_name=dn\nx509_extensions=v3\nprompt=no\n[dn]\nCN=" + name + "\n[v3]\n" + "\n".join(extensions)
        )
        openssl("req", "-x509", *EC, "-days", "2", "-config", config, "-keyout", self.key, "-out", self.certificate)

    def sign(
        self, name: str, *, alternative: str = LOOPBACK, days: int = 2, begins: str = "", extensions: tuple[str, ...] = STRICT
    ) -> Pair:
        """Return a certificate for a name; `days` below 0 has expired, `begins` (YYMMDDHHMMSSZ) makes it valid from then on."""
        made, request, listed = (
            Pair(self.folder / f"{name}.pem", self.folder / f"{name}.key"),
            self.folder / "request",
            self.folder / "list",
        )
        listed.write_text("\n".join((alternative, *extensions)))
        openssl("req", *EC, "-subj", f"/CN={name}", "-keyout", made.key, "-out", request)
        by = ("-in", request, "-out", made.certificate, "-extfile", listed)
        if not begins:
            openssl("x509", "-req", "-days", str(days), "-CAcreateserial", "-CA", self.certificate, "-CAkey", self.key, *by)
            return made
        config = self.folder / "ca.cnf"
        config.write_text(CONFIGURATION.format(folder=self.folder))
        (self.folder / "index").touch()
        times = ("-startdate", begins, "-enddate", "21000101000000Z")
        openssl("ca", "-batch", "-notext", "-config", config, *times, "-cert", self.certificate, "-keyfile", self.key, *by)
        return made
