"""This file holds `make run`: servers, first data, web and worker, started and stopped in order."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time

import django
from django.core.management import CommandError, call_command

from config.local import servers
from config.local.programs import end_with_parent

STOP_SECONDS = 10
BOOT_SECONDS = 60
# Ctrl-C, a kill, a terminal that closes.
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    end_with_parent()
    for number in ENDINGS:
        signal.signal(number, signal.default_int_handler)
    port = free_port()
    cluster = None
    processes: dict[str, subprocess.Popen] = {}
    try:
        cluster = servers.ensure()
        prepare()
        processes["The web server"] = start_web(port)
        processes["The worker"] = start_worker()
        wait_until_serving(port, processes)
        say_where_to_look(port)
        while True:
            refuse_the_dead(processes, cluster)
            time.sleep(0.5)
    except KeyboardInterrupt:
        print("\nStopping.", flush=True)
    except CommandError as error:
        sys.exit(str(error))
    finally:
        # A second Ctrl-C must not leave half of it running.
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        for process in processes.values():
            stop(process)
        if cluster:
            servers.leave(cluster)


def free_port() -> int:
    """The port to serve on, while nobody else has it."""
    said = os.environ.get("PORT", "8000")
    if not said.isdecimal() or not 0 < int(said) < 65536:
        sys.exit(f"PORT is {said!r}: set it to a number between 1 and 65535.")
    port = int(said)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            sys.exit(f"Port {port}: {error.strerror}. Stop what uses it, or take another: make run PORT=8080.")
    os.environ.setdefault("TESC_PUBLIC_URL", f"http://127.0.0.1:{port}")
    return port


def prepare() -> None:
    """The database as this version wants it, with somebody who may sign in and something to look at."""
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("seed_admin", demo=True)
    call_command("seed_demo", if_empty=True)


def start_web(port: int) -> subprocess.Popen:
    size = ("--workers=2", "--threads=8", "--no-control-socket")
    return start("gunicorn", "config.wsgi", f"--bind=127.0.0.1:{port}", *size, "--log-level=warning")


def start_worker() -> subprocess.Popen:
    size = ("--beat", "--concurrency=1")
    return start("celery", "--app=config", "--quiet", "worker", *size, "--loglevel=WARNING")


def start(module: str, *arguments: str) -> subprocess.Popen:
    """In a session of its own, so that Ctrl-C reaches us alone and we stop things in order."""
    return subprocess.Popen(
        # Celery's warning about root is meant for servers.
        [sys.executable, "-W", "ignore:You're running the worker", "-m", module, *arguments],
        cwd=servers.BACKEND,
        start_new_session=True,
        preexec_fn=end_with_parent,
    )


def wait_until_serving(port: int, processes: dict[str, subprocess.Popen]) -> None:
    until = time.monotonic() + BOOT_SECONDS
    while not answers(port):
        refuse_the_dead(processes)
        if time.monotonic() > until:
            sys.exit(f"The web server did not answer in {BOOT_SECONDS} seconds: its messages say why.")
        time.sleep(0.1)


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def refuse_the_dead(processes: dict[str, subprocess.Popen], cluster: servers.Cluster | None = None) -> None:
    """Half a system helps nobody: when one part ends, everything does."""
    for name, process in processes.items():
        if process.poll() is not None:
            sys.exit(f"{name} ended by itself (code {process.returncode}): its messages above say why.")
    if cluster and not cluster.is_running():
        sys.exit(f"The local database ended by itself: the logs in {cluster.folder} say why.")


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    # Itself if it did not listen, and children it left behind.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def say_where_to_look(port: int) -> None:
    print(
        f"""
TESC serves on http://127.0.0.1:{port}

  API, to read and try   http://127.0.0.1:{port}/api/v1/docs/
  mail it would send     {servers.usual_var() / "mail"}
  what to do next        README.md

Ctrl-C stops everything; what you entered stays.""",
        flush=True,
    )


if __name__ == "__main__":
    main()
