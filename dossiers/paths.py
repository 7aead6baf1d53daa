"""Permanent links, from the site's root. Mails carry them for years, so they are fixed here and not where views live."""


def dossier_path(reference: str) -> str:
    return f"/dossiers/{reference}/"


def title_path(number: str) -> str:
    return f"/titles/{number}/"
