"""Permanent links of the cohort, from the root of the site: mails carry them."""

VIGILANCE = "/cohort/vigilance/"


def cohort_path(chain: str) -> str:
    return f"/cohort/{chain}/"


def patient_path(chain: str, rank: int) -> str:
    return f"/cohort/{chain}/{rank}/"
