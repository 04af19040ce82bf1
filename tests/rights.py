"""Who may do what: each address of the site, who is let in to read it and who to post to it.

An address is its name, then the rows it names as in tests/browser/screens.py; what begins with ? is its query.
« — »: no such method. « none »: nobody at all. Whoever is not named is turned away: he is asked to sign in, finds
nothing (404), or at the desk is also told that this is not his (403).
"""

ROLES = {
    "nobody": "not signed in",
    "pending": "signed in, asked to act for a supplier, no agent answered yet",
    "producer": "acts for the supplier of most rows",
    "other_producer": "acts for another one, who deposits himself",
    "buyer": "acts for the buyer of most rows",
    "other_buyer": "acts for another one",
    "reader": "of the group Lecture seule",
    "agent": "of the group Agents",
    "responsable": "of the group Responsables",
    "operator": "superuser",
}
_DESK = "agent responsable operator"
TOGETHER = {
    "everybody": " ".join(ROLES),
    "people": " ".join(role for role in ROLES if role != "nobody"),
    "producers": "producer other_producer",
    "buyers": "buyer other_buyer",
    "staff": f"reader {_DESK}",
    "desk": _DESK,
    "none": "",
}

SITE = """
address                                                | reads                   | posts

accessibility                                          | everybody               | —
legal_notice                                           | everybody               | —
personal_data                                          | everybody               | —
colours                                                | everybody               | —
logo                                                   | everybody               | —
healthz                                                | everybody               | —
readyz                                                 | everybody               | —
metrics                                                | none                    | —
invitation                                             | none                    | none
invitation_account                                     | everybody               | everybody
invitation_link =token                                 | everybody               | —
account_login                                          | everybody               | everybody
account_signup                                         | everybody               | everybody
account_request_login_code                             | everybody               | everybody
account_reset_password                                 | everybody               | everybody
account_reset_password_done                            | everybody               | —
account_reset_password_from_key =a =b-c                | everybody               | everybody
account_reset_password_from_key_done                   | everybody               | —
account_inactive                                       | everybody               | —
account_email_verification_sent                        | everybody               | everybody
account_confirm_login_code                             | everybody               | everybody
mfa_authenticate                                       | everybody               | everybody
account_logout                                         | everybody               | everybody

home                                                   | people                  | people
mail_rhythm                                            | people                  | people
account_email                                          | people                  | people
account_change_password                                | people                  | people
account_set_password                                   | people                  | people
account_reauthenticate                                 | people                  | people
mfa_index                                              | people                  | —
mfa_reauthenticate                                     | people                  | people
mfa_activate_totp                                      | people                  | people
mfa_deactivate_totp                                    | operator                | operator
mfa_list_webauthn                                      | people                  | —
mfa_add_webauthn                                       | people                  | people
mfa_edit_webauthn key                                  | operator                | operator
mfa_remove_webauthn key                                | operator                | operator
mfa_reauthenticate_webauthn                            | people                  | people
mfa_generate_recovery_codes                            | people                  | people
mfa_view_recovery_codes                                | operator                | —
mfa_download_recovery_codes                            | operator                | —

suppliers:membership_request                           | people                  | people
suppliers:profile                                      | people                  | —
suppliers:supplier supplier                            | producer                | —
suppliers:identity supplier                            | producer                | producer
suppliers:iban supplier                                | producer                | producer
suppliers:partners supplier                            | producer                | producer
suppliers:chorus_box supplier                          | producer                | producer
suppliers:members supplier                             | producer                | producer
suppliers:member supplier member                       | producer                | producer
suppliers:member_invitation supplier invitation        | —                       | producer
chorus:guide                                           | people                  | —
chorus:guide_pdf                                       | people                  | —
chorus:connection supplier                             | producer                | —
chorus:verify supplier                                 | —                       | producer
chorus:own_account supplier                            | producer                | producer
chorus:remove_own_account supplier                     | —                       | producer

orders:buyer_home                                      | buyers                  | —
orders:create                                          | buyers                  | buyers
orders:numbers                                         | buyers                  | buyers
orders:my_buyer                                        | buyers                  | —
orders:buyer buyer                                     | buyer                   | buyer
orders:add_closure buyer                               | —                       | buyer
orders:remove_closure buyer closure                    | —                       | buyer
orders:members buyer                                   | buyer                   | buyer
orders:member buyer buyermember                        | buyer                   | buyer
orders:member_invitation buyer buyerinvitation         | —                       | buyer
orders:again order                                     | buyer                   | buyer
orders:edit_lines order                                | buyer                   | buyer
orders:references order                                | buyer                   | buyer
orders:delivery order                                  | buyer                   | buyer
orders:record_reception order                          | buyer                   | buyer
orders:ask_engagement order                            | —                       | producer
orders:detail order                                    | producer buyer staff    | —
orders:reception_photo order photographed              | producer buyer staff    | —
orders:to_bill                                         | producers               | —
orders:export =csv                                     | people                  | —
orders:to_bill_export =csv                             | people                  | —

invoicing:supplier_home                                | people                  | —
invoicing:list                                         | people                  | —
invoicing:received                                     | people                  | —
invoicing:export =csv                                  | people                  | —
invoicing:received_export =xlsx                        | people                  | —
invoicing:deposit                                      | producers               | producers
invoicing:deposited deposit                            | producer                | —
invoicing:upload_page deposit upload =1                | producer                | —
invoicing:settle_upload deposit upload                 | —                       | producer
invoicing:confirm draft                                | producer                | producer
invoicing:replace draft                                | producer                | producer
invoicing:take_number draft                            | —                       | producer
invoicing:ask_buyer draft                              | —                       | producer desk
invoicing:detail to_review                             | producer buyer staff    | —
invoicing:detail draft                                 | producer staff          | —
invoicing:status to_review                             | producer buyer staff    | —
invoicing:document to_review                           | producer buyer staff    | —
invoicing:plain to_review                              | producer buyer staff    | —
invoicing:original draft =2                            | producer desk           | —
invoicing:page draft =1                                | producer staff          | —
invoicing:attachment to_reroute attachment             | producer buyer staff    | —
chorus:proof_pack available                            | producer buyer staff    | —
invoicing:answer returned                              | —                       | producer
invoicing:withdraw to_review                           | —                       | producer
invoicing:cancel_sending approved                      | —                       | producer
invoicing:take_over to_review                          | —                       | producer
invoicing:attach off_order                             | —                       | buyer
invoicing:disown off_order                             | —                       | buyer
invoicing:recognise off_order                          | —                       | buyer
invoicing:reply suspended                              | producer desk           | producer desk
invoicing:redo rejected                                | producer desk           | producer desk
invoicing:give_up rejected                             | —                       | producer desk
invoicing:say_payment available                        | —                       | producer desk
invoicing:declare declared                             | other_producer desk     | other_producer desk
invoicing:take_declaration_back declared               | —                       | other_producer desk
invoicing:declare_deposited to_deposit                 | —                       | other_producer desk
invoicing:declare_sent to_deposit                      | —                       | other_producer desk
invoicing:hand_over to_deposit                         | —                       | other_producer
chorus:look_again to_deposit                           | —                       | other_producer desk
"""

# Who is signed in without being staff gets no further than the question who he is.
DESK = """
address                                                | reads                   | posts

admin:index                                            | staff                   | staff
admin:login                                            | staff                   | staff
admin:logout                                           | —                       | staff
admin:password_change                                  | staff                   | staff
admin:password_change_done                             | staff                   | —
admin:jsi18n                                           | staff                   | —
admin:app_list =chorus                                 | staff                   | staff
admin:autocomplete ?app_label=orders&model_name=buyer&field_name=recipient | staff    | —
admin:view_on_site =1 =1                               | none                    | none
admin:auth_user_password_change user                   | operator                | operator
admin:suppliers_supplier_rib supplier                  | desk                    | desk
admin:suppliers_supplier_iban supplier                 | desk                    | desk
admin:suppliers_supplier_validate supplier             | —                       | desk
admin:suppliers_supplier_export =csv                   | staff                   | staff
admin:orders_buyer_export =xlsx                        | staff                   | staff
admin:suppliers_import_refused carried_out             | desk                    | desk
admin:suppliers_import_confirm import                  | —                       | desk
admin:orders_takeover_of supplier                      | desk                    | desk
admin:invoicing_board                                  | staff                   | —
admin:invoicing_invoice_decide to_review               | desk                    | desk
admin:invoicing_invoice_call to_review                 | desk                    | desk
admin:invoicing_invoice_reject available               | desk                    | desk
admin:chorus_submission_regarder submission            | desk                    | desk
admin:chorus_submission_renvoyer submission            | desk                    | desk
admin:chorus_submission_rendre submission              | desk                    | desk
admin:chorus_setaside_relire setaside                  | desk                    | desk
admin:chorus_setaside_classer setaside                 | desk                    | desk
admin:chorus_recipientchange_vu recipientchange        | desk                    | desk
admin:chorus_recipientchange_relire recipientchange    | desk                    | desk
admin:chorus_connection_ask supplier                   | —                       | desk
admin:chorus_technicalaccount_ask technicalaccount     | —                       | desk
admin:chorus_technicalaccount_resume technicalaccount  | —                       | operator
"""

# List, form, history and deletion of each model at the desk.
MODELS = """
model                            | sees     | adds     | changes  | deletes

suppliers_supplier               | staff    | desk     | desk     | none
suppliers_membershiprequest      | staff    | none     | desk     | none
suppliers_mandate                | staff    | none     | none     | none
suppliers_boxchange              | staff    | none     | none     | none
suppliers_ibancall               | staff    | none     | none     | none
suppliers_mail                   | staff    | none     | none     | none
suppliers_import                 | desk     | desk     | none     | none
suppliers_absence                | desk     | desk     | desk     | desk
suppliers_user                   | staff    | operator | operator | none
admin_logentry                   | reader responsable operator | none | none | none
auth_group                       | operator | operator | operator | operator
orders_recipient                 | staff    | desk     | desk     | none
orders_buyer                     | staff    | desk     | desk     | none
orders_buyermembershiprequest    | staff    | none     | desk     | none
orders_order                     | staff    | operator | desk     | none
orders_takeover                  | staff    | none     | none     | none
invoicing_invoice                | staff    | none     | none     | none
invoicing_invoiceevent           | staff    | none     | none     | none
invoicing_reply                  | staff    | none     | none     | none
invoicing_attachment             | staff    | none     | none     | none
chorus_submission                | staff    | none     | none     | none
chorus_exchange                  | staff    | none     | none     | none
chorus_connection                | staff    | none     | none     | none
chorus_cursor                    | staff    | none     | none     | none
chorus_setaside                  | staff    | none     | none     | none
chorus_recipientchange           | staff    | none     | none     | none
chorus_technicalaccount          | desk     | operator | operator | none
chorus_facturxsupplier           | staff    | operator | none     | operator
"""

NO_SUCH_METHOD = None


def read(table: str) -> dict[str, list[set[str] | None]]:
    """First column -> who stands in each of the others."""
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()[1:] if line]
    named = {first: [_people(cell) for cell in cells] for first, *cells in rows}
    assert len(named) == len(rows), "an address stands twice in the table"
    return named


def _people(cell: str) -> set[str] | None:
    if cell == "—":
        return NO_SUCH_METHOD
    people = {role for word in cell.split() for role in TOGETHER.get(word, word).split()}
    assert people <= set(ROLES), f"no such role: {cell}"
    return people


def desk() -> dict[str, list[set[str] | None]]:
    """Address -> who reads, who posts, of the desk's own pages and of those each model has."""
    pages = read(DESK)
    for model, (sees, adds, changes, deletes) in read(MODELS).items():
        row = model.partition("_")[2]
        pages |= {
            f"admin:{model}_changelist": [sees, sees],
            f"admin:{model}_add": [adds, adds],
            f"admin:{model}_change {row}": [sees, changes],
            f"admin:{model}_history {row}": [sees, sees],
            f"admin:{model}_delete {row}": [deletes, deletes],
        }
    return pages
