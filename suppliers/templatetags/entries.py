"""What somebody did at the desk, for the desk's first page."""

from django import template

from suppliers import entries

register = template.Library()
register.simple_tag(entries.own_changes)
