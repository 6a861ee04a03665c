"""This file holds the tests of the pages that the code writes."""

from users.management.commands import handbook


def test_codes_are_found_wherever_the_checkout_lies(tmp_path, monkeypatch):
    backend = tmp_path / "tests"
    for folder in ("users/roles", "users/tests"):
        (backend / folder).mkdir(parents=True)
        (backend / folder / "rules.py").write_text(f"raise RuleBroken('{folder[6:]}', 'No.')")
    monkeypatch.setattr(handbook, "BACKEND", backend)
    assert list(handbook.codes_in_code()) == [("roles", "No.")]
