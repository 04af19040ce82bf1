"""A portal in full swing: somebody of every role, and a row for every page to show."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from chorus.models import Connection, Cursor, Exchange, FacturxSupplier, RecipientChange, SetAside, Submission
from invoicing.board.counting import count_all
from invoicing.deposits import Upload
from invoicing.lifecycle import Status
from invoicing.models import Attachment, Invoice, InvoiceEvent, Kind, NoOrder, Reply
from invoicing.verdict import judge_and_keep
from orders.models import BuyerMembershipRequest, Reception, Recipient, Share, Takeover
from suppliers.models import Absence, BoxChange, IbanCall, Import, Mail, Mandate, MembershipRequest, User
from tests.factories import (
    BuyerMemberFactory,
    InvoiceFactory,
    MemberFactory,
    OrderFactory,
    SupplierFactory,
    TechnicalAccountFactory,
    UserFactory,
    siret,
)
from tests.importing import as_csv, give_in, imported, row_of
from tests.invoicing import electronic
from tests.invoicing.conftest import deposit
from tests.invoicing.pdfs import an_invoice
from tests.invoicing.test_several import bound
from tests.people import signed_in

# As long as addresses of people come, and nowhere to break: no page may grow wider for one.
LONG = "marieantoinettedelacroix@cooperativedesproducteursduberry.example.org"
SEVERAL_STATES = {
    "to_review": Status.TO_REVIEW,
    "returned": Status.RETURNED,
    "approved": Status.APPROVED,
    "available": Status.AVAILABLE,
    "suspended": Status.SUSPENDED,
    "to_reroute": Status.TO_REROUTE,
    "paid": Status.PAID,
    "rejected": Status.REJECTED,
}


class World:
    """`people` by role, None for nobody; `rows` by the name they have in the list of screens."""

    def __init__(self):
        self.order = OrderFactory(buyer__name="Collège intercommunal Marguerite-Audoux de la Septaine")
        self_supplier = SupplierFactory(self_deposit=True)
        self.people = {
            "nobody": None,
            "without rights": UserFactory(),
            "producer": MemberFactory(supplier=self.order.supplier).user,
            "self-depositor": MemberFactory(supplier=self_supplier).user,
            "buyer": BuyerMemberFactory(buyer=self.order.buyer).user,
            "agent": UserFactory(is_staff=True),
            "operator": UserFactory(is_staff=True, is_superuser=True),
        }
        self.people["agent"].groups.add(Group.objects.get(name="Agents"))
        self.rows = {"order": self.order, "supplier": self.order.supplier, "self_supplier": self_supplier}
        self._canteen()
        self._colleagues()
        self._invoices()
        self._deposits()
        self._imports()
        self._desk()

    def address(self, screen: str) -> str:
        name, *about = screen.split()
        return reverse(name, args=[one[1:] if one.startswith("=") else self.rows[one].pk for one in about])

    def _canteen(self) -> None:
        """What arrived, with a photograph that is kept and one that was erased, and a history of the house."""
        line, cook = self.order.lines.first(), self.people["buyer"]
        said = {"quantity": 12, "reason": "Le reste était abîmé, rendu au livreur", "by": cook}
        Reception.of(line, Reception.Outcome.PART, **said, photo_erased_at=timezone.now()).save()
        Reception.of(line, Reception.Outcome.PART, **said, photo="receptions/photo.jpg").save()
        self.order.buyer.change(by=cook, phone="02 48 00 00 18", invoice_deadline=timezone.localdate())

    def _colleagues(self) -> None:
        """Each house has a second person, and an invitation without answer."""
        self.rows["member"] = MemberFactory(supplier=self.order.supplier)
        self.rows["buyermember"] = BuyerMemberFactory(buyer=self.order.buyer)
        for role, house in (("producer", self.order.supplier), ("buyer", self.order.buyer)):
            house.invite("une.personne.au.nom.assez.long@etablissement.example.org", by=self.people[role])

    def _invoices(self) -> None:
        self.rows["other_draft"] = InvoiceFactory(order=self.order)
        other = OrderFactory(supplier=self.order.supplier, buyer=self.order.buyer)
        for name, status in SEVERAL_STATES.items():
            self.rows[name] = InvoiceFactory(order=other, status=status)
        self.rows["avoir"] = InvoiceFactory(order=other, kind=Kind.CREDIT_NOTE, status=Status.TO_REVIEW)
        self.rows["off_order"] = InvoiceFactory(
            order=other, billing=False, no_order=NoOrder.PHONE, status=Status.TO_REVIEW
        )
        judge_and_keep(self.rows["off_order"])
        self.rows["to_deposit"] = InvoiceFactory(
            order__supplier=self.rows["self_supplier"], status=Status.TO_SELF_DEPOSIT
        )
        self.rows["declared"] = InvoiceFactory(
            order__supplier=self.rows["self_supplier"], status=Status.DEPOSITED, declared_at=timezone.now()
        )

    def _deposits(self) -> None:
        """An order's second draft, a Factur-X whose pages say another number; a PDF that seems to be two invoices."""
        others = [OrderFactory(supplier=self.order.supplier) for _ in range(7)]
        said = {
            "number": "F2026-0199",
            "issue_date": "2026-11-02",
            "total_ht": "90.00",
            "total_tva": "4.95",
            "total_ttc": "94.95",
            "kind": "FACTURE",
        }
        client = signed_in(self.people["producer"])
        deposit(client, electronic.facturx(an_invoice(self.order), electronic.cii(said)))
        self.rows["draft"] = Invoice.objects.latest("pk")
        deposit(client, bound(*(an_invoice(each, number=f"F-{n}") for n, each in enumerate(others[:2]))))
        self.rows["upload"] = Upload.objects.latest("pk")
        self.rows["deposit"] = self.rows["upload"].deposit

    def _imports(self) -> None:
        """One to confirm, with rows of every sort, and one that was carried out."""
        agent, buyer, supplier = signed_in(self.people["agent"]), self.order.buyer, self.order.supplier
        known = {"reference": self.order.reference, "ordered_on": f"{self.order.ordered_on:%d/%m/%Y}"}
        rows = [
            row_of(buyer, supplier),
            row_of(buyer, supplier, **known, quantity="18", engagement_number="2026-AUTRE"),
            row_of(buyer, supplier, reference="AGL-78", buyer_siret="2,00000008E+13"),
        ]
        self.rows["carried_out"] = imported(agent, "orders", rows[2:])
        give_in(agent, "orders", as_csv(rows), "export-agrilocal-novembre.csv")
        self.rows["import"] = Import.objects.latest("pk")

    def _desk(self) -> None:
        """A row of each list of the desk, by the name of its model."""
        producer, supplier, now = self.people["producer"], self.order.supplier, timezone.now()
        account = TechnicalAccountFactory()
        reply = Reply.objects.create(
            invoice=self.rows["to_reroute"], kind=Reply.Kind.ANSWER, comment="Voici", by=producer
        )
        asked = {"company_name": "Ferme d'ailleurs", "person_name": "Dominique Exemple", "phone": "02 00 00 00 03"}
        in_simulator = {"environment": "simulator"}
        rows = (
            Mail.objects.create(user=producer, kind="returned", about=1, subject="Une facture vous est renvoyée"),
            MembershipRequest.objects.create(user=UserFactory(email=LONG), siret=siret(700001), **asked),
            BuyerMembershipRequest.objects.create(
                user=UserFactory(email=f"x{LONG}"), siret=siret(700002), kind="buyer", **asked
            ),
            Absence.objects.create(
                user=self.people["agent"], deputy=self.people["operator"], first_day=now, last_day=now
            ),
            BoxChange.objects.create(supplier=supplier, by=producer, uses_chorus=True, depositor="portal"),
            IbanCall.objects.create(
                supplier=supplier, called_at=now, by=self.people["agent"], outcome=IbanCall.Outcome.DENIED
            ),
            reply,
            Attachment.objects.create(invoice=reply.invoice, reply=reply, file="bl.pdf", name="bl.pdf", size=1),
            account,
            Connection.objects.create(supplier=supplier),
            FacturxSupplier.objects.create(supplier=supplier),
            Submission.objects.create(
                invoice=self.rows["approved"], status=Submission.Status.HELD, account=account, **in_simulator
            ),
            Exchange.objects.create(operation="soumettre", started_at=now, duration_ms=150, **in_simulator),
            Cursor.objects.create(account=account),
            SetAside.objects.create(cpp_id=1, number="F-1", row={}, reason="Facture inconnue", **in_simulator),
            RecipientChange.objects.create(
                recipient=self.order.buyer.recipient, kind=RecipientChange.Kind.values[0], **in_simulator
            ),
            self.order.buyer,
            a_takeover(self.people["agent"]),
            LogEntry.objects.log_actions(self.people["agent"].pk, [supplier], CHANGE, "Validé", single_object=True),
            *(model.objects.first() for model in (Mandate, Group, User, Recipient, Invoice, InvoiceEvent)),
        )
        self.rows |= {row._meta.model_name: row for row in rows}
        self.rows["taken_over"] = self.rows["takeover"].supplier
        count_all()


def a_takeover(agent: User) -> Takeover:
    """One order moved, another is billed in part and stays."""
    moved, stays = (OrderFactory(supplier=supplier) for supplier in [SupplierFactory()] * 2)
    InvoiceFactory(order=stays, total_ht=40, status=Status.TO_REVIEW)
    today = timezone.localdate()
    seen = Share.of(moved.supplier, today).seen
    return Takeover.state(moved.supplier, SupplierFactory(no_account=True), on=today, by=agent, seen=seen)
