"""Addresses of the desk, and somebody who asks to act for a supplier."""

from suppliers.models import MembershipRequest
from tests.factories import UserFactory

REQUESTS = "admin:suppliers_membershiprequest"
SUPPLIERS = "admin:suppliers_supplier"


def request_for(number, **values):
    fields = {"kind": "supplier", "company_name": "Ferme nouvelle", "person_name": "Jo Nouveau", "phone": "02 11"}
    return MembershipRequest.objects.create(user=UserFactory(), siret=number, **{**fields, **values})
