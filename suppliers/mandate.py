"""The mandate that a supplier signs so that the portal may deposit for him. A new wording is a new version."""

from django.conf import settings

MANDATE_VERSION = "2026-11"
MANDATE_TEXT = f"""\
Je donne mandat au Département, gestionnaire de la plateforme {settings.SITE["name"]}, pour déposer en mon nom sur \
Chorus Pro les factures que je confirme sur cette plateforme, et pour y lire leur suivi.

Je reste l'émetteur de mes factures et seul responsable de leur contenu. Le Département en vérifie la forme\u00a0; \
il ne certifie ni la dette ni la livraison. Aucune facture n'est déposée sans que je l'aie confirmée.

Ce mandat est gratuit. Je peux y mettre fin à tout moment depuis mon profil\u00a0: les factures qui ne sont pas encore \
parties ne partiront plus.
"""
