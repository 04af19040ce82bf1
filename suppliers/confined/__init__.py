"""Untrusted files are opened in a short-lived process under limits, few at once. Nothing here knows Django."""
