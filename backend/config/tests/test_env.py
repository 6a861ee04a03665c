"""This file holds tests of the environment: what is accepted, and each sentence of a refusal."""

import stat
from pathlib import Path

import pytest

from config.env import read_environment
from config.local.keys import KEY_FILES, make_missing_keys

DATABASE = "postgresql://tesc_app:secret@db.test:5433/tesc"
REDIS = "redis://cache.test:6379/3"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    make_missing_keys(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def development(keys: Path) -> dict[str, str]:
    return {"DATABASE_URL": DATABASE, "REDIS_URL": REDIS, "TESC_KEYS_DIR": str(keys)}


@pytest.fixture
def production(development: dict[str, str]) -> dict[str, str]:
    return {
        **development,
        "TESC_MODE": "production",
        "TESC_ALLOWED_HOSTS": "tesc.test, www.tesc.test",
        "TESC_PUBLIC_URL": "https://tesc.test/",
        "TESC_MAIL_URL": "smtp+tls://post:secret@mail.test:587",
    }


def refusal(variables: dict[str, str]) -> list[str]:
    """The sentences a person reads instead of a start."""
    with pytest.raises(SystemExit) as end:
        read_environment(variables)
    return str(end.value).split("\n")


def test_development_needs_only_its_servers(development):
    env = read_environment(development)
    assert (env.mode, env.redis_url, env.public_url) == ("development", REDIS, "http://127.0.0.1:8000")
    assert env.allowed_hosts == ["127.0.0.1", "localhost", "[::1]"]
    assert env.application_database == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "tesc",
        "USER": "tesc_app",
        "PASSWORD": "secret",
        "HOST": "db.test",
        "PORT": 5433,
    }


def test_the_owner_is_the_application_where_no_other_is_named(development):
    env = read_environment(development)
    assert env.owner_database == {
        **env.application_database,
        "OPTIONS": {"options": "-c tesc.maintenance=on"},
    }


def test_the_owner_has_a_log_in_of_its_own(development):
    development["DATABASE_OWNER_URL"] = "postgresql://tesc_owner:other@db.test/tesc?sslmode=require"
    owner = read_environment(development).owner_database
    assert (owner["USER"], owner["PASSWORD"]) == ("tesc_owner", "other")
    assert owner["OPTIONS"] == {"sslmode": "require", "options": "-c tesc.maintenance=on"}


def test_a_socket_folder_may_hold_a_blank_and_capitals(development):
    development["DATABASE_URL"] = "postgresql://tesc_app@:5432/tesc?host=/srv/My%20Project/var"
    database = read_environment(development).application_database
    assert (database["HOST"], database["OPTIONS"]) == ("/srv/My Project/var", {})


def test_each_test_worker_has_a_cache_and_a_database_of_its_own(development):
    development |= {"REDIS_URL": "unix:///srv/valkey.sock?db=0", "TESC_TEST_RUN": "7"}
    first = read_environment(development | {"PYTEST_XDIST_WORKER": "gw0"})
    second = read_environment(development | {"PYTEST_XDIST_WORKER": "gw1"})
    assert first.redis_url == "unix:///srv/valkey.sock?db=57"
    assert second.redis_url == "unix:///srv/valkey.sock?db=58"
    assert first.application_database["TEST"] == {"NAME": "test_tesc_7"}


def test_production_says_everything_it_needs(production):
    env = read_environment(production)
    assert env.allowed_hosts == ["tesc.test", "www.tesc.test"]
    assert env.public_url == "https://tesc.test"
    assert (env.mail_settings["EMAIL_HOST"], env.mail_settings["EMAIL_USE_TLS"]) == ("mail.test", True)


def test_production_hears_of_all_that_is_missing_at_once():
    sentences = refusal({"TESC_MODE": "production"})
    assert [sentence.split(" ")[0] for sentence in sentences] == [
        "DATABASE_URL",
        "TESC_KEYS_DIR",
        "REDIS_URL",
        "TESC_ALLOWED_HOSTS",
        "TESC_PUBLIC_URL",
        "TESC_MAIL_URL",
    ]
    assert all(" is missing: set it" in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://tesc_app@db.test/tesc"),
        ("DATABASE_URL", "postgresql://db.test/tesc"),
        ("DATABASE_URL", "postgresql://tesc_app@db.test:port/tesc"),
        ("DATABASE_URL", "postgresql://tesc_app@db.test"),
        ("DATABASE_URL", "db.test"),
        ("DATABASE_OWNER_URL", "postgresql://"),
        ("REDIS_URL", "cache.test:6379"),
        ("REDIS_URL", "unix://"),
        ("TESC_PUBLIC_URL", "tesc.test"),
        ("TESC_PUBLIC_URL", "http://tesc.test"),
        ("TESC_MAIL_URL", "mail.test"),
    ],
)
def test_a_malformed_variable_is_named_with_an_example(production, name, value):
    (sentence,) = refusal(production | {name: value})
    assert sentence.startswith(f"{name} is malformed: write it like ")


@pytest.mark.parametrize("quota", ["0", "-1", "1.5", "many", "1000000"])
def test_the_quota_of_files_is_whole_gibibytes(development, quota):
    assert read_environment(development | {"TESC_FILES_QUOTA_GIB": "3"}).files["quota"] == 3 * 2**30
    (sentence,) = refusal(development | {"TESC_FILES_QUOTA_GIB": quota})
    assert sentence == "TESC_FILES_QUOTA_GIB is a whole number of GiB, from 1 to 999999."


def test_one_server_alone_is_refused(keys):
    (sentence,) = refusal({"REDIS_URL": REDIS, "TESC_KEYS_DIR": str(keys)})
    assert sentence.startswith("DATABASE_URL is missing: set it")
    (sentence,) = refusal({"DATABASE_URL": DATABASE, "TESC_KEYS_DIR": str(keys)})
    assert sentence.startswith("REDIS_URL is missing: set it")


def test_an_unknown_mode_is_refused(development):
    assert refusal(development | {"TESC_MODE": "prod"}) == [
        "TESC_MODE is 'prod': set it to one of development, test, production."
    ]


def test_production_refuses_any_host(production):
    assert refusal(production | {"TESC_ALLOWED_HOSTS": "*"}) == [
        "TESC_ALLOWED_HOSTS holds *: name the hosts of this site, separated by commas."
    ]


@pytest.mark.parametrize("name", sorted(KEY_FILES))
def test_production_makes_no_key_that_is_missing(production, keys, name):
    (keys / name).unlink()
    assert refusal(production) == [
        f"{keys / name} can't be read (No such file or directory): restore it, or correct TESC_KEYS_DIR."
    ]
    assert not (keys / name).exists()


@pytest.mark.parametrize("name", ["pepper.key", "encryption.key", "blind_index.key"])
@pytest.mark.parametrize("content", ["c2hvcnQ=", "not base64!"])
def test_a_random_key_has_32_bytes(production, keys, name, content):
    (keys / name).write_text(content)
    assert refusal(production) == [f"{keys / name} does not hold 32 bytes in base64: restore it from your backup."]


@pytest.mark.parametrize("name", ["token_signing.pem", "audit_signing.pem"])
def test_a_signing_key_is_an_ed25519_key(production, keys, name):
    path = keys / name
    path.write_text("-----BEGIN PRIVATE KEY-----\n")
    assert refusal(production) == [f"{path} does not hold an Ed25519 private key in PEM: restore it from your backup."]


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path):
    folder = tmp_path / "keys"
    assert make_missing_keys(folder) == list(KEY_FILES)
    before = {name: (folder / name).read_bytes() for name in KEY_FILES}
    assert make_missing_keys(folder) == []
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_keys_reach_the_settings_decoded(development):
    keys = read_environment(development).keys
    assert [len(key) for key in (keys.pepper, keys.encryption, keys.blind_index)] == [32, 32, 32]
    assert len({keys.pepper, keys.encryption, keys.blind_index}) == 3
    assert keys.token_signing.startswith("-----BEGIN PRIVATE KEY-----")
    assert keys.audit_signing.startswith("-----BEGIN PRIVATE KEY-----")
    assert keys.audit_signing != keys.token_signing


def test_checkpoints_go_where_an_operator_says(development):
    assert read_environment(development | {"TESC_VAR_DIR": "/srv/tesc"}).audit_dir == Path("/srv/tesc/audit")
    assert read_environment(development | {"TESC_AUDIT_DIR": "/mnt/worm"}).audit_dir == Path("/mnt/worm")


def test_no_secret_shows_in_a_trace(development):
    env = read_environment(development)
    assert env.keys.django not in repr(env.keys)
    assert "secret" not in repr(env)


def test_a_next_encryption_key_is_read_while_there_is_one(development, keys: Path):
    assert read_environment(development).keys.next_encryption == b""
    path = keys / "encryption.next.key"
    path.write_bytes((keys / "encryption.key").read_bytes())
    read = read_environment(development).keys
    assert read.next_encryption == read.encryption
    path.write_text("short")
    assert refusal(development) == [
        f"{path} does not hold 32 bytes in base64: restore it from your backup.",
    ]
