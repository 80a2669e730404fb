"""The system account PostgreSQL runs as: it refuses to run as root."""

import os
import pwd
import stat
from pathlib import Path

from aosctl.errors import OperatorError
from aosctl.processes import Account, run

USER_NAME = "pgserver"
NOBODY = 65534
TRAVERSE = stat.S_IXOTH
READ = stat.S_IRGRP | stat.S_IROTH
ENTER = stat.S_IXGRP | stat.S_IXOTH


def engine_account(data: Path) -> Account | None:
    """None for an ordinary user; for root the owner of the data, or a system user made for it."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(user=owner.st_uid, group=owner.st_gid)
    entry = _system_user()
    return Account(user=entry.pw_uid, group=entry.pw_gid)


def can_switch_user() -> bool:
    """Whether we are an ordinary user already, or root that may become one."""
    return os.geteuid() != 0 or run(["true"], account=Account(user=NOBODY, group=NOBODY)) is None


def give(path: Path, account: Account | None) -> None:
    """Hand a file or folder to the account that has to use it."""
    if account is not None:
        os.chown(path, account.user, account.group)


def let_through(path: Path) -> None:
    """Let other users pass, not look, through the folders above a path."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & TRAVERSE:
            folder.chmod(mode | TRAVERSE)


def let_read(tree: Path) -> None:
    """Let other users read an installation that was unpacked for its owner alone."""
    let_through(tree)
    if tree.stat().st_mode & stat.S_IROTH:
        return
    for path in (tree, *tree.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | READ | (ENTER if mode & stat.S_IXUSR else 0))


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(USER_NAME)
    except KeyError:
        complaint = run(["useradd", "--system", "--no-create-home", USER_NAME])
    if complaint is not None:
        raise OperatorError(
            f"PostgreSQL does not run as root and its user {USER_NAME} could not be made "
            f"({complaint}): run aos as an ordinary user."
        )
    return pwd.getpwnam(USER_NAME)
