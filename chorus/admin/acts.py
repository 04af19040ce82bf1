"""What the pages of held rows and of news set aside share: the reason a person types, and the looks that were made."""

from django import forms

from invoicing.typography import french

SHOWN_LOOKS = 5


class ReasonForm(forms.Form):
    """Why, in one sentence, about the attempt that was on the screen."""

    why = forms.CharField(label="Pourquoi", max_length=300, widget=forms.Textarea(attrs={"rows": 2, "maxlength": 300}))
    seen = forms.IntegerField(required=False, min_value=0, max_value=32767)


def shown_looks(row) -> list[dict]:
    """The last looks at a row: who asked, when, and what was seen, in words."""
    return [
        {"look": look, "told": french(look.told) if look.looked_at else "En cours : la réponse vient dans la minute."}
        for look in row.looks.select_related("by")[:SHOWN_LOOKS]
    ]


def not_done(reason: Exception, form: ReasonForm) -> str:
    """Why nothing was done, with what was typed: nobody writes it twice."""
    typed = form.data.get("why", "").strip()
    return french(f"{reason} Votre texte, pour mémoire : « {typed} »" if typed else str(reason))
