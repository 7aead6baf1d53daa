"""Permanent links of exempted devices, from the root of the site: mails carry them."""

VIGILANCE = "/devices/vigilance/"


def title_path(number: str) -> str:
    return f"/devices/{number}/"


def incident_path(number: str, rank: int) -> str:
    return f"/devices/{number}/incidents/{rank}/"
