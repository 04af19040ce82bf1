"""Every page of the site by who sees it, and the addresses that are no page with the reason."""

from collections.abc import Iterator

from django.urls import get_resolver

# A page is the name of its address, then the rows of the world (tests/browser/world.py) that the address names;
# what follows an = stands in the address as it is.
SCREENS = {
    "nobody": (
        "account_login",
        "account_signup",
        "account_request_login_code",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
        "account_inactive",
        "accessibility",
        "legal_notice",
        "personal_data",
    ),
    "without rights": (
        "suppliers:membership_request",
        "mail_rhythm",
        "account_email",
        "account_change_password",
        "account_reauthenticate",
        "account_logout",
        "mfa_index",
    ),
    "producer": (
        "invoicing:supplier_home",
        "invoicing:list",
        "invoicing:deposit",
        "invoicing:deposited deposit",
        "invoicing:detail to_review",
        "invoicing:detail returned",
        "invoicing:detail approved",
        "invoicing:detail available",
        "invoicing:detail suspended",
        "invoicing:detail to_reroute",
        "invoicing:detail paid",
        "invoicing:detail rejected",
        "invoicing:detail avoir",
        "invoicing:confirm draft",
        "invoicing:replace draft",
        "invoicing:reply suspended",
        "invoicing:redo rejected",
        "orders:to_bill",
        "orders:detail order",
        "suppliers:profile",
        "suppliers:supplier supplier",
        "suppliers:identity supplier",
        "suppliers:iban supplier",
        "suppliers:partners supplier",
        "suppliers:members supplier",
        "suppliers:member supplier member",
        "suppliers:chorus_box supplier",
        "chorus:guide",
    ),
    "self-depositor": (
        "invoicing:supplier_home",
        "invoicing:list",
        "invoicing:detail to_deposit",
        "invoicing:declare declared",
        "suppliers:supplier self_supplier",
        "suppliers:chorus_box self_supplier",
        "chorus:guide",
    ),
    "buyer": (
        "orders:buyer_home",
        "orders:create",
        "orders:numbers",
        "orders:buyer buyer",
        "orders:members buyer",
        "orders:member buyer buyermember",
        "orders:again order",
        "orders:delivery order",
        "orders:detail order",
        "orders:edit_lines order",
        "orders:references order",
        "orders:record_reception order",
        "invoicing:received",
        "invoicing:detail off_order",
        "invoicing:detail available",
        "mail_rhythm",
    ),
    "agent": (
        "admin:index",
        "admin:invoicing_board",
        "admin:invoicing_invoice_changelist",
        "admin:invoicing_invoice_change to_review",
        "admin:invoicing_invoice_change off_order",
        "admin:invoicing_invoice_change available",
        "admin:invoicing_invoice_history to_review",
        "admin:orders_order_changelist",
        "admin:suppliers_supplier_changelist",
        "admin:suppliers_supplier_change supplier",
        "admin:suppliers_mail_changelist",
        "admin:orders_takeover_of supplier",
        "admin:orders_takeover_of taken_over",
        "admin:suppliers_import_add",
        "admin:suppliers_import_changelist",
        "admin:suppliers_import_change import",
        "admin:suppliers_import_change carried_out",
        "admin:password_change",
        "admin:password_change_done",
    ),
    "operator": (
        "admin:app_list =chorus",
        "admin:auth_user_password_change user",
        "admin:chorus_facturxsupplier_delete facturxsupplier",
        "admin:auth_group_add",
        "admin:suppliers_supplier_add",
        "admin:suppliers_user_add",
        "admin:orders_recipient_add",
        "admin:orders_buyer_add",
        "admin:orders_order_add",
        "admin:chorus_technicalaccount_add",
        "admin:chorus_facturxsupplier_add",
    ),
}

# Addresses that show no page of their own, by the reason.
NO_SCREEN = {
    "leads elsewhere": "home orders:my_buyer admin:login admin:logout admin:view_on_site",
    "looked at on the way there (tests/browser/test_rare_pages.py)": (
        "account_confirm_login_code account_email_verification_sent account_set_password"
        " account_reset_password_from_key mfa_authenticate mfa_reauthenticate"
        " mfa_activate_totp mfa_deactivate_totp mfa_generate_recovery_codes mfa_view_recovery_codes chorus:own_account"
    ),
    "looked at with a key in the browser (tests/browser/test_security_keys.py)": (
        "mfa_list_webauthn mfa_add_webauthn mfa_edit_webauthn mfa_remove_webauthn mfa_reauthenticate_webauthn"
    ),
    "opens after the link of an invitation alone, and is looked at in test_invitation.py": (
        "invitation invitation_account invitation_link"
    ),
    "a file": (
        "colours logo mfa_download_recovery_codes chorus:guide_pdf chorus:proof_pack invoicing:attachment"
        " invoicing:document invoicing:export invoicing:original invoicing:page invoicing:plain"
        " invoicing:received_export invoicing:upload_page orders:export orders:to_bill_export orders:reception_photo"
        " admin:jsi18n admin:autocomplete admin:suppliers_supplier_rib admin:suppliers_supplier_export"
        " admin:orders_buyer_export admin:suppliers_import_refused"
    ),
    "for machines": "healthz readyz metrics",
    "a part of another page": "invoicing:status chorus:connection",
    "posted only": (
        "chorus:look_again chorus:remove_own_account chorus:verify invoicing:answer invoicing:ask_buyer"
        " invoicing:attach invoicing:cancel_sending invoicing:declare_deposited invoicing:declare_sent"
        " invoicing:disown invoicing:give_up invoicing:hand_over invoicing:recognise invoicing:say_payment"
        " invoicing:settle_upload invoicing:take_declaration_back invoicing:take_number invoicing:take_over"
        " invoicing:withdraw"
        " orders:ask_engagement orders:add_closure orders:member_invitation orders:remove_closure"
        " suppliers:member_invitation"
        " admin:chorus_connection_ask admin:chorus_recipientchange_relire admin:chorus_recipientchange_vu"
        " admin:chorus_setaside_classer admin:chorus_setaside_relire admin:chorus_submission_regarder"
        " admin:chorus_submission_rendre admin:chorus_submission_renvoyer admin:chorus_technicalaccount_ask"
        " admin:chorus_technicalaccount_resume admin:invoicing_invoice_call admin:invoicing_invoice_decide"
        " admin:invoicing_invoice_reject"
        " admin:suppliers_supplier_iban admin:suppliers_supplier_validate"
        " admin:suppliers_import_confirm"
    ),
}
# Django's own pages, the same for every model: one of each is in the list above.
SAME_FOR_ALL = ("_add", "_delete", "_history")


def desk() -> Iterator[str]:
    """List and form of each model in the admin; in the world a model's row has its name."""
    for name in names():
        if name.endswith("_changelist"):
            yield name
            yield f"{name.removesuffix('list')} {name.split('_')[-2]}"


def names(resolver=None, space: str = "") -> Iterator[str]:
    """The names of all addresses of the site."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from names(pattern, space + inner)
        elif pattern.name:
            yield space + pattern.name
