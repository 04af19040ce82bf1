"""deploy/nginx.conf as it stands, but for names and paths, in front of the site."""

import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from agrilocal18.demo.stage import free_port
from invoicing.models import Invoice
from tests.factories import InvoiceFactory, MemberFactory
from tests.people import address, signed_in

pytestmark = pytest.mark.nginx
CONFIG = Path(__file__).resolve().parent.parent / "deploy" / "nginx.conf"
MAIN = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
    access_log off; default_type application/octet-stream;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def certificate(folder: Path) -> None:
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", folder / "privkey.pem"]
    request = ["openssl", "req", "-x509", *key, "-out", folder / "fullchain.pem", "-subj", "/CN=portal"]
    request += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(request, check=True, capture_output=True)


@contextmanager
def proxy(site: str, media: Path, folder: Path):
    """The address under which nginx answers with TLS, and the one without."""
    folder.mkdir()
    certificate(folder)
    plain, tls = free_port(), free_port()
    text = CONFIG.read_text()
    for named, ours in {
        "listen 8080": f"listen 127.0.0.1:{plain}",
        "listen 8443": f"listen 127.0.0.1:{tls}",
        "/etc/nginx/tls": str(folder),
        "http://web:8000": site,
        "/data/media/": f"{media}/",
    }.items():
        assert named in text
        text = text.replace(named, ours)
    (folder / "site.conf").write_text(text)
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
    process = subprocess.Popen(["nginx", "-e", folder / "error.log", "-c", folder / "nginx.conf"])
    try:
        _wait(plain, process, folder)
        yield f"https://127.0.0.1:{tls}", f"http://127.0.0.1:{plain}"
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: subprocess.Popen, folder: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, (folder / "error.log").read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nginx does not answer")


@pytest.fixture
def browse(tmp_path):
    """Asks through TLS, as somebody; a certificate made a moment ago is nobody's."""

    def get(url: str, path: str, person=None, **headers) -> requests.Response:
        cookies = {"sessionid": person.cookies["sessionid"].value} if person else {}
        certificate = tmp_path / "nginx" / "fullchain.pem"
        session = requests.Session()
        session.trust_env = False
        return session.get(f"{url}{path}", cookies=cookies, headers=headers, verify=certificate, allow_redirects=False)

    return get


@pytest.mark.parametrize("accel", ["/stored-files/", ""])
def test_it_gives_a_private_file_to_whom_it_concerns_only(live_server, settings, tmp_path, browse, accel):
    settings.ACCEL_LOCATION = accel
    content = b"%PDF-1.4 " + bytes(range(256)) * 4000
    invoice = InvoiceFactory(content=content, document_name="Facture d'été.pdf")
    member, stranger = signed_in(MemberFactory(supplier=invoice.supplier).user), signed_in(MemberFactory().user)
    path = address("document", invoice)

    with proxy(live_server.url, settings.MEDIA_ROOT, tmp_path / "nginx") as (site, _):
        given = browse(site, path, member)
        assert given.content == content
        assert given.headers["Content-Type"] == "application/pdf"
        assert given.headers["Content-Disposition"].startswith("attachment; filename")
        assert given.headers["Cache-Control"] == "private, no-store"
        assert given.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in given.headers["Content-Security-Policy"]
        assert given.headers["X-Frame-Options"] == "DENY"
        assert browse(site, path, stranger).status_code == 404
        assert browse(site, path).status_code == 302
        # Known or guessed, the place itself opens to nobody.
        assert browse(site, f"/stored-files/{invoice.document.name}", member).status_code == 404


@pytest.mark.django_db
def test_the_portal_only_names_the_file(settings):
    settings.ACCEL_LOCATION = "/stored-files/"
    invoice = InvoiceFactory()
    member = signed_in(MemberFactory(supplier=invoice.supplier).user)
    answer = member.get(address("document", invoice))
    assert answer["X-Accel-Redirect"] == f"/stored-files/{invoice.document.name}"
    assert answer.content == b""
    invoice.document.storage.delete(Invoice.objects.get().document.name)
    assert member.get(address("document", invoice)).status_code == 404


class Echo(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.headers).encode())

    def log_message(self, *args):
        pass


def test_it_believes_nobody_about_where_he_comes_from(tmp_path, browse):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever).start()
    try:
        with proxy(f"http://127.0.0.1:{server.server_port}", tmp_path, tmp_path / "nginx") as (site, plain):
            told = browse(site, "/", **{"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "http"}).text
            assert "1.2.3.4" not in told
            assert "X-Forwarded-Proto: https" in told
            assert browse(site, "/metrics").status_code == 404
            moved = browse(plain, "/mes-factures?page=2")
            assert (moved.status_code, moved.headers["Location"]) == (301, "https://127.0.0.1/mes-factures?page=2")
            assert browse(plain, "/proxy").status_code == 204
    finally:
        server.shutdown()
        server.server_close()
