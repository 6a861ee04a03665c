"""This file holds how a fresh clone gets its virtual environment. It needs nothing but a Python, however old.

Kept to what Python 3.6 can parse, so that an old Python hears a sentence and not a syntax error.
"""

import fcntl
import hashlib
import os
import subprocess
import sys

OLDEST = (3, 11)
PROJECT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
FOLDER = os.path.join(PROJECT, ".venv")
PYTHON = os.path.join(FOLDER, "bin", "python")
REQUIREMENTS = os.path.join(PROJECT, "requirements-dev.txt")
STAMP = os.path.join(FOLDER, "installed")


def main():
    """Make `.venv` and install the locked requirements into it, unless that was done before."""
    if sys.version_info < OLDEST:
        sys.exit(
            "Python %d.%d is too old: install Python 3.11 or newer, or name one you have, as in "
            "`make run PYTHON=python3.12`." % sys.version_info[:2]
        )
    try:
        os.makedirs(FOLDER, exist_ok=True)
        with open(os.path.join(FOLDER, "lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            install()
    except OSError as error:
        sys.exit("%s: %s. Clone the project into a folder of yours." % (error.filename, error.strerror))


def install():
    """Install if the lock file has changed since the last time, or the environment is broken."""
    with open(REQUIREMENTS, "rb") as requirements:
        wanted = hashlib.sha256(requirements.read()).hexdigest()
    works = runs([PYTHON, "-c", ""])
    if works and installed() == wanted:
        return
    print("Installing the requirements into .venv; this happens once.", flush=True)
    if not works and not runs([sys.executable, "-m", "venv", FOLDER]):
        sys.exit("Python's venv does not work here: install it, on Debian by `apt install python3-venv`.")
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    if subprocess.call([*pip, "-r", REQUIREMENTS]) != 0:
        sys.exit("The requirements were not installed: mend what pip says above and try again.")
    with open(STAMP, "w") as stamp:
        stamp.write(wanted)


def installed():
    """The requirements that .venv holds, by their hash."""
    if not os.path.exists(STAMP):
        return ""
    with open(STAMP) as stamp:
        return stamp.read()


def runs(command):
    """Whether a command ends well."""
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


if __name__ == "__main__":
    main()
