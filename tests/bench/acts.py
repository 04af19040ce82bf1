"""What the processes of a benchmark do. Each sets up, yields, works when asked to go on, and yields its result."""

import base64
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import requests

from chorus.api import submit_payload
from chorus.api.payloads import with_pieces
from chorus.simulator import world


def our_deposits(_position: int, threads: int) -> Iterator[Any]:
    """Threads that do what the deposit task does, until nothing waits. Yields (sent, sweeps that ended early)."""
    import django

    django.setup()
    from django.db import connection

    from chorus.deposit import send_due
    from chorus.models import Submission

    waiting = Submission.objects.filter(status=Submission.Status.QUEUED)

    def sweep() -> tuple[int, int]:
        sent = sweeps = 0
        while waiting.exists():
            sent += send_due(timedelta(hours=1))
            sweeps += 1
        connection.close()
        return sent, max(0, sweeps - 1)

    waiting.exists()
    yield
    with ThreadPoolExecutor(threads) as pool:
        results = [future.result() for future in [pool.submit(sweep) for _ in range(threads)]]
    yield tuple(map(sum, zip(*results, strict=True)))


def bare_deposits(
    position: int, url: str, token: str, threads: int, each: int, size: int, prefix: str
) -> Iterator[Any]:
    """The same two calls in a loop and nothing else: no database, no claim, no journal. Yields how many were stored."""
    yield

    def loop(thread: int) -> int:
        with requests.Session() as session:
            session.trust_env = False
            session.headers.update(_headers(token))
            numbers = [f"{prefix}2026-{position:02d}{thread:02d}{n:04d}" for n in range(each)]
            return sum(_deposit(session, url, number, size) for number in numbers)

    with ThreadPoolExecutor(threads) as pool:
        yield sum(pool.map(loop, range(threads)))


def _headers(token: str) -> dict[str, str]:
    account = world.PLATFORM_ACCOUNT
    login = base64.b64encode(f"{account.login}:{account.password}".encode()).decode()
    return {"Authorization": f"Bearer {token}", "cpro-account": login}


def _deposit(session: requests.Session, url: str, number: str, size: int) -> bool:
    name = f"{number}.pdf"
    content = f"%PDF-1.4 {number} ".encode().ljust(size, b"-")
    file = {
        "pieceJointeFichier": base64.b64encode(content).decode(),
        "pieceJointeNom": name,
        "pieceJointeTypeMime": "application/pdf",
        "pieceJointeExtension": "pdf",
    }
    piece = session.post(f"{url}/cpro/transverses/v1/ajouter/fichier", json=file, timeout=60).json()
    payload = with_pieces(_payload(number), piece["pieceJointeId"], name)
    answer = session.post(f"{url}/cpro/factures/v1/soumettre", json=payload, timeout=60).json()
    return answer["codeRetour"] == 0


def _payload(number: str) -> dict[str, Any]:
    return submit_payload(
        number=number,
        invoice_date=date(2026, 11, 2),
        supplier_id=world.SUPPLIER_ID_BASE,
        recipient_siret=world.DEMO_RECIPIENTS[0].siret,
        service_code="",
        engagement_number="EJ000001",
        contract_number="",
        kind="FACTURE",
        origin_number="",
        total_ht=Decimal("100.00"),
        total_tva=Decimal("5.50"),
        total_ttc=Decimal("105.50"),
        net_to_pay=Decimal("105.50"),
    )


def news_sweep(_position: int) -> Iterator[Any]:
    """One sweep as the news task does it. Yields how many invoices changed."""
    import django

    django.setup()
    from chorus.news import read_all

    yield
    yield read_all()


def history_calls(_position: int, cpp_ids: list[int]) -> Iterator[Any]:
    """What a connector does that asks for one invoice after the other. Yields the mean seconds of a call."""
    import django

    django.setup()
    from chorus.models import TechnicalAccount
    from chorus.wiring import connect

    yield
    began = time.monotonic()
    with connect(TechnicalAccount.objects.get()) as client:
        for cpp_id in cpp_ids:
            client.history(cpp_id)
    yield (time.monotonic() - began) / len(cpp_ids)
