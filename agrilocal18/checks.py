"""System checks on what the site says about itself: it neither boasts nor stays silent."""

from pathlib import Path

from allauth.core.internal.ratelimit import parse_rates
from django.conf import settings
from django.core.checks import Error, Tags, Warning, register

from agrilocal18.charter import LEAST_CONTRAST, faint, is_colour
from chorus.conf import SIMULATOR

NAMED = {
    "LEGAL_PUBLISHER": "publisher",
    "LEGAL_DIRECTOR": "director",
    "LEGAL_HOST": "host",
    "LEGAL_DPO": "dpo",
}
# Kinds of picture a logo may be: file name's ending -> type told to the browser.
LOGOS = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
LARGEST_LOGO = 50_000


@register(deploy=True)
def the_legal_pages_are_whole(app_configs, **kwargs):
    """An empty name reads « non renseigné »; nobody invents it."""
    missing = [name for name, key in NAMED.items() if not settings.SITE[key]]
    hint = "The law wants it on a public site: see « The site's duties » in docs/operations.md."
    found = [Warning(f"{name} is empty.", hint=hint, id="agrilocal18.W001") for name in missing]
    if not (settings.SITE["contact_phone"] or settings.SITE["contact_email"]):
        hint = "People must be able to ask for help and to complain: SITE_CONTACT_PHONE or SITE_CONTACT_EMAIL."
        found.append(Warning("The site names nobody to call.", hint=hint, id="agrilocal18.W002"))
    return found


@register(Tags.security, deploy=True)
def staff_have_a_second_factor(app_configs, **kwargs):
    if settings.STAFF_MFA:
        return []
    hint = "Without it whoever reads an agent's mail reads all invoices: leave STAFF_MFA alone."
    return [Warning("Staff enter without a second factor.", hint=hint, id="agrilocal18.W003")]


@register()
def accessibility_is_what_an_audit_found(app_configs, **kwargs):
    """Any state but « non conforme » rests on an audit, and the rate is the one its state stands for."""
    said = settings.SITE["accessibility"]
    least, below = {
        "totalement conforme": (100, 101),
        "partiellement conforme": (50, 100),
        "non conforme": (0, 50),
    }[said["state"]]
    problems = []
    if least and not (said["audited_on"] and said["auditor"]):
        problems.append("ACCESSIBILITY_STATE wants an audit: ACCESSIBILITY_AUDITED_ON and ACCESSIBILITY_AUDITOR.")
    if not least <= said["rate"] < below:
        problems.append(f"ACCESSIBILITY_RATE={said['rate']:g} does not go with « {said['state']} ».")
    return [Error(problem, id="agrilocal18.E001") for problem in problems]


@register()
def the_colour_can_be_read(app_configs, **kwargs):
    colour = settings.SITE["colour"]
    if not colour:
        return []
    if not is_colour(colour):
        return [Error(f"SITE_COLOUR={colour!r} is not written like #2d5f3e.", id="agrilocal18.E002")]
    if not (pairs := faint(colour)):
        return []
    hint = f"Take a darker one: text must reach {LEAST_CONTRAST}:1 in light and in dark."
    return [Error(f"SITE_COLOUR is too faint: {'; '.join(pairs)}.", hint=hint, id="agrilocal18.E003")]


@register()
def the_logo_is_a_small_picture(app_configs, **kwargs):
    if not settings.SITE["logo"]:
        return []
    logo = Path(settings.SITE["logo"])
    if logo.is_file() and logo.suffix.lower() in LOGOS and logo.stat().st_size <= LARGEST_LOGO:
        return []
    hint = f"Name a file that exists, {', '.join(LOGOS)}, of {LARGEST_LOGO // 1000} kB at most."
    return [Error(f"SITE_LOGO={str(logo)!r} is no logo.", hint=hint, id="agrilocal18.E004")]


@register()
def private_files_are_handed_over_by_who_has_them(app_configs, **kwargs):
    """The proxy would look for them on its disk, where there is none: every download would be a « 404 »."""
    if not (settings.ACCEL_LOCATION and settings.S3_BUCKET):
        return []
    hint = "Leave ACCEL_LOCATION empty: the portal itself sends what lies in a bucket."
    return [Error("ACCEL_LOCATION and S3_BUCKET exclude one another.", hint=hint, id="agrilocal18.E008")]


@register(Tags.security)
def mails_are_shown_in_the_demonstration_only(app_configs, **kwargs):
    """Whoever comes reads every mail there, codes to sign in included."""
    if not settings.DEMONSTRATION or settings.CHORUS["ENVIRONMENT"] == SIMULATOR:
        return []
    hint = "It belongs to « make demo », beside the simulator."
    return [Error("DEMONSTRATION shows all mails to whoever comes.", hint=hint, id="agrilocal18.E005")]


@register()
def the_limits_can_be_read(app_configs, **kwargs):
    """Of one that is not understood nothing would be said before somebody met it."""
    problems = []
    for act, rates in settings.RATE_LIMITS.items():
        try:
            parse_rates(rates)
        except ValueError:
            told = f"The limit of {act}, {rates.replace('/user', '')!r}, is not understood."
            hint = "Write how many in how long, with commas between: 30/m,300/h."
            problems.append(Error(told, hint=hint, id="agrilocal18.E007"))
    return problems


@register()
def the_review_has_its_days(app_configs, **kwargs):
    """Without a day everything would be late, and offered to its supplier, as soon as it came."""
    if settings.REVIEW_DELAY >= 1:
        return []
    return [Error(f"REVIEW_DELAY={settings.REVIEW_DELAY} is no working day.", id="agrilocal18.E006")]
