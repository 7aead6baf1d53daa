"""Permanent links, from the root of the site. Mails carry them for years: they are fixed here, not where views live."""

OBLIGATIONS = "/obligations/"
EXPIRING = "/expiring/"
MEMBERS = "/organisation/members/"
FILING_MEETINGS = "/filing-meetings/"


def dossier_path(reference: str) -> str:
    return f"/dossiers/{reference}/"


def title_path(number: str) -> str:
    return f"/titles/{number}/"


def worklist_path(name: str) -> str:
    return f"/worklists/{name}/"


def meeting_path(reference: str) -> str:
    return f"{FILING_MEETINGS}{reference}/"
