"""This file holds tests of the commands a newcomer types: labels of tests, the port, the bootstrap."""

import ast
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.env import read_environment
from config.local import bootstrap, check, run
from config.local.servers import BACKEND
from config.testing import PytestRunner, as_pytest_target


@pytest.mark.parametrize(
    ("label", "target"),
    [
        ("config", "config"),
        ("config.tests", "config/tests"),
        ("config.tests.test_commands", "config/tests/test_commands.py"),
        ("config.tests.test_commands.TestX.test_y", "config/tests/test_commands.py::TestX::test_y"),
    ],
)
def test_a_dotted_label_names_a_path(label, target):
    assert as_pytest_target(label) == str(BACKEND / target)


@pytest.mark.parametrize("label", ["config/tests", "config/tests/test_commands.py::test_y", "test_commands.py"])
def test_a_path_stays_a_path(label):
    assert as_pytest_target(label) == label


def test_a_label_of_nothing_is_refused():
    with pytest.raises(SystemExit) as end:
        as_pytest_target("nowhere.tests")
    assert str(end.value).startswith("nowhere.tests names no test: write ")


def test_options_reach_pytest(monkeypatch):
    asked = []
    monkeypatch.setattr(pytest, "main", lambda arguments: asked.append(arguments) or pytest.ExitCode.TESTS_FAILED)
    runner = PytestRunner(workers="3", keyword="sign", failfast=True, pytest="--lf -s", verbosity=1)
    assert runner.run_tests(["config.tests"]) == 1
    assert asked == [["-n", "3", "--lf", "-s", "-k", "sign", "--exitfirst", str(BACKEND / "config/tests")]]


def test_a_taken_port_is_refused(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(SystemExit) as end:
            run.free_port()
    assert str(end.value).startswith(f"Port {port}: Address already in use. Stop what uses it, or ")


@pytest.mark.parametrize("said", ["http", "0", "65536", "-1", ""])
def test_a_port_is_a_number(monkeypatch, said):
    monkeypatch.setenv("PORT", said)
    with pytest.raises(SystemExit) as end:
        run.free_port()
    assert str(end.value) == f"PORT is {said!r}: set it to a number between 1 and 65535."


def test_the_deployment_check_sets_all_that_production_needs(tmp_path):
    env = read_environment(check.production_environment(tmp_path / "keys"))
    assert (env.mode, env.public_url) == ("production", "https://tesc.example.org")


def test_an_old_python_can_parse_the_bootstrap():
    source = Path(bootstrap.__file__).read_text()
    assert ast.parse(source, feature_version=(3, 6))


def test_an_old_python_hears_one_sentence(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 8, 10))
    with pytest.raises(SystemExit) as end:
        bootstrap.main()
    assert str(end.value).startswith("Python 3.8 is too old: install Python 3.11 or newer")


def test_a_folder_that_cannot_be_written_is_refused(monkeypatch, tmp_path):
    # A file in the way, because root has the permission to write anywhere.
    (tmp_path / "project").write_text("")
    monkeypatch.setattr(bootstrap, "FOLDER", str(tmp_path / "project/.venv"))
    with pytest.raises(SystemExit) as end:
        bootstrap.main()
    folder = tmp_path / "project/.venv"
    assert str(end.value) == f"{folder}: Not a directory. Clone the project into a folder of yours."


def test_requirements_are_installed_once(monkeypatch, tmp_path):
    commands = []
    (tmp_path / "requirements.txt").write_text("django==5.2\n")
    monkeypatch.setattr(bootstrap, "REQUIREMENTS", str(tmp_path / "requirements.txt"))
    monkeypatch.setattr(bootstrap, "FOLDER", str(tmp_path))
    monkeypatch.setattr(bootstrap, "STAMP", str(tmp_path / "installed"))
    monkeypatch.setattr(bootstrap, "PYTHON", sys.executable)
    monkeypatch.setattr(subprocess, "call", lambda command, **_options: commands.append(command) or 0)
    bootstrap.main()
    bootstrap.main()
    installs = [command for command in commands if "install" in command]
    assert len(installs) == 1
    assert "--require-hashes" in installs[0]
    (tmp_path / "requirements.txt").write_text("django==5.3\n")
    bootstrap.main()
    assert len([command for command in commands if "install" in command]) == 2
