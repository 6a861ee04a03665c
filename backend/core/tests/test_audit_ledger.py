"""This file holds the tests of sealing the audit log, and of finding whatever was done to it afterwards."""

import json
import shutil
from io import StringIO
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from config.local.keys import KEY_FILES
from core.audit.models import AuditEntry
from core.ids import uuid7
from core.ledger import sealer
from core.ledger.checkpoints import FILE, LogAndFileDiffer, publish
from core.ledger.models import Block
from core.ledger.sealer import CounterBehind, keep_counting_ahead
from core.ledger.tasks import seal as seal_task
from core.ledger.verifier import LogBroken, verify
from core.tenancy.roles import as_owner
from core.tests.ledger_lab import changed, copied, removed, seal, settle, tamper, written

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    """Where checkpoints go."""
    settings.AUDIT_DIR = tmp_path / "audit"
    return settings.AUDIT_DIR


@pytest.fixture
def log(folder: Path) -> list[AuditEntry]:
    """Three blocks of three entries."""
    entries = []
    for _ in range(3):
        entries += written(3)
        assert seal() == 1
    return entries


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / FILE).read_text().splitlines()]


def broken(outside: Path | None = None) -> str:
    with pytest.raises(LogBroken) as found:
        verify(outside)
    return str(found.value)


# --- Sealing ---
def test_every_entry_is_sealed_once_in_a_chain_without_gaps(log, folder: Path):
    first, second, third = Block.objects.all()
    assert [block.count for block in (first, second, third)] == [3, 3, 3]
    assert (second.previous, third.previous) == (first.hash, second.hash)
    assert (first.since, second.since, third.since) == (0, first.until, second.until)
    assert [line["hash"] for line in lines(folder)] == [first.hash, second.hash, third.hash]
    assert verify() == (3, 9)


def test_a_log_without_news_gets_no_block(log):
    assert seal() == 0
    assert Block.objects.count() == 3


def test_the_schedule_seals(folder: Path):
    written(2)
    settle()
    assert seal_task.delay() is not None
    assert Block.objects.get().count == 2


def test_an_entry_of_a_transaction_that_still_runs_waits_for_it(folder: Path):
    """Its transaction is older than one that is finished already: sealed too early, it would be lost."""
    began, end = Barrier(2), Barrier(2)

    def write_slowly() -> None:
        with transaction.atomic():
            written(1)
            began.wait()
            end.wait()
        connection.close()

    slow = Thread(target=write_slowly)
    slow.start()
    began.wait()
    written(2)
    assert seal() == 0
    end.wait()
    slow.join()
    assert seal() == 1
    assert Block.objects.get().count == 3
    assert verify() == (1, 3)


def test_writers_do_not_wait_for_the_sealer(log):
    written(1)
    settle()
    with transaction.atomic():
        assert sealer.close_next_block(sealer.finished_until()) is not None
        writer = Thread(target=lambda: (written(1), connection.close()))
        writer.start()
        writer.join(timeout=5)
        assert not writer.is_alive()


def test_beside_a_busy_writer_a_sealing_ends(folder: Path):
    stopped = Event()

    def write() -> None:
        while not stopped.is_set():
            written(1)
        connection.close()

    writer = Thread(target=write)
    writer.start()
    try:
        assert [seal() <= 1 for _ in range(5)] == [True] * 5
    finally:
        stopped.set()
        writer.join()
    seal()
    assert verify() == (Block.objects.count(), AuditEntry.objects.count())


def test_two_sealers_at_once_make_one_chain(folder: Path):
    ready = Barrier(4)

    def work() -> None:
        ready.wait()
        for _ in range(5):
            written(1)
            seal()
        connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seal()
    blocks, entries = verify()
    assert entries == 20
    assert [line["block"] for line in lines(folder)] == list(range(1, blocks + 1))


def test_a_long_backlog_becomes_several_blocks(folder: Path, monkeypatch):
    monkeypatch.setattr(sealer, "MOST_ENTRIES", 4)
    written(6)
    with transaction.atomic():
        written(7)  # one transaction is never divided
    assert seal() == 3
    assert [block.count for block in Block.objects.all()] == [4, 2, 7]
    assert verify() == (3, 13)


def test_what_a_crash_kept_out_of_the_file_is_published_next_time(log, folder: Path):
    whole = (folder / FILE).read_text()
    (folder / FILE).write_text(whole[: whole.index("\n") + 20])
    assert publish() == 2
    assert (folder / FILE).read_text() == whole


def test_nothing_is_sealed_on_top_of_a_log_that_was_cut(log, folder: Path):
    tamper("DELETE FROM core_block WHERE id = 3")
    written(1)
    before = (folder / FILE).read_text()
    with pytest.raises(LogAndFileDiffer, match="ends with block 3, which is not in the log"):
        seal()
    assert (folder / FILE).read_text() == before
    with pytest.raises(CommandError, match="ends with block 3"):
        call_command("audit_seal")


def test_the_command_seals(folder: Path):
    written(1)
    settle()
    call_command("audit_seal", stdout=(said := StringIO()))
    assert said.getvalue() == "1 sealed.\n"


@pytest.mark.parametrize(
    "statement", ["UPDATE core_block SET count = 0", "DELETE FROM core_block", "TRUNCATE core_block"]
)
def test_the_application_can_not_alter_a_block(log, statement: str):
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Block.objects.count() == 3


def test_the_owner_trips_over_a_trigger_too(log):
    with as_owner(), pytest.raises(ProgrammingError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE core_block SET count = 0")
    assert verify() == (3, 9)


def test_an_entry_can_not_be_dated_back(log):
    with pytest.raises(ProgrammingError, match="append-only"):
        AuditEntry.objects.create(rule="x", actor_name="x", transaction=1)
    assert AuditEntry.objects.count() == 9


# --- A restored dump counts transactions from the beginning again ---
def test_after_a_restored_dump_the_log_goes_on_where_it_was(log):
    tamper("UPDATE core_block SET until = until + 1000000 WHERE id = 3")
    with pytest.raises(CounterBehind, match="restored from a dump"):
        seal()
    with as_owner():
        keep_counting_ahead()
        keep_counting_ahead()
    try:
        (entry,) = written(1)
        assert seal() == 1
        assert Block.objects.last().count == 1
        assert AuditEntry.objects.get(pk=entry.pk).transaction >= Block.objects.get(pk=3).until
    finally:
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(sealer.AUDIT_TIME.format(ahead=0))


def test_a_migration_beside_writers_leaves_the_time_of_the_log_alone(folder: Path):
    """An entry by a later transaction than the migration's own is no sign of a restored dump."""

    def write() -> None:
        written(1)
        seal()
        connection.close()

    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")
        writer = Thread(target=write)
        writer.start()
        writer.join()
        keep_counting_ahead()
        cursor.execute("SELECT audit_time('5'::xid8)")
        assert cursor.fetchone() == (5,)


# --- Tampering ---
def test_a_changed_entry_is_found(log):
    tamper(changed(log[4]))
    assert broken() == "Block 2: its entries were changed, replaced or put in another order."


@pytest.mark.parametrize("column", [field.column for field in AuditEntry._meta.concrete_fields])
def test_a_change_of_any_column_is_found(log, column: str):
    other = {
        "id": "gen_random_uuid()",
        "at": "at + interval '1 microsecond'",
        "transaction": "transaction + 1",
        "changes": '\'{"name": ["A", null]}\'',
        "count": "count + 1",
        "address": "'192.0.2.9'",
    }.get(
        column, "gen_random_uuid()" if column.endswith("_id") and column not in ("subject_id", "request_id") else "'x'"
    )
    tamper(changed(log[5], column, other))
    assert broken().startswith("Block 2: ")


def test_a_null_taken_out_of_the_changes_is_found(log):
    (entry,) = written(1)
    tamper(changed(entry, "changes", """'{"a": null}'"""))
    seal()
    tamper(changed(entry, "changes", "'{}'"))
    assert broken().startswith("Block 4: ")


def test_a_removed_entry_is_found(log):
    tamper(removed(log[4]))
    assert broken() == "Block 2: 1 of its 3 entries are missing."


def test_an_entry_put_in_later_is_found(log):
    tamper(copied(log[4], id="gen_random_uuid()"))
    assert broken() == "Block 2: 1 entries were put in after it was sealed."


@pytest.mark.parametrize("when", ["-5", "9000000000000000000"])
def test_an_entry_put_in_before_or_beyond_all_time_is_found(log, when: str):
    tamper(copied(log[4], id="gen_random_uuid()", transaction=when))
    assert "1 entries claim a transaction that can't have been" in broken()


def test_entries_in_another_order_are_found(log):
    first, second, spare = log[3], log[4], AuditEntry(pk=uuid7())
    moves = ((first, spare), (second, first), (spare, second))
    tamper(*(changed(entry, "id", f"'{to.pk}'") for entry, to in moves))
    assert broken() == "Block 2: its entries were changed, replaced or put in another order."


def test_an_entry_moved_to_another_block_is_found(log):
    tamper(changed(log[0], "transaction", "(SELECT until FROM core_block WHERE id = 1)"))
    assert broken() == "Block 1: 1 of its 3 entries are missing."


def test_a_tail_of_entries_that_was_cut_is_found(log):
    tamper(removed(log[8]))
    assert broken() == "Block 3: 1 of its 3 entries are missing."


def test_a_tail_that_was_cut_with_its_block_is_found(log):
    tamper(
        "DELETE FROM core_auditentry WHERE transaction >= (SELECT since FROM core_block WHERE id = 3)",
        "DELETE FROM core_block WHERE id = 3",
    )
    assert broken() == "Block 3 has a checkpoint and is not in the log: its tail was cut."


def test_a_block_that_was_taken_out_is_found(log):
    tamper("DELETE FROM core_block WHERE id = 2")
    assert broken() == "Block 2 is missing: after it comes block 3."


def test_a_block_that_was_changed_is_found(log):
    tamper(removed(log[4]), "UPDATE core_block SET count = 2 WHERE id = 2")
    assert broken() == "Block 2 was changed after it was signed, or was not signed by a key of ours."


def test_a_gap_between_blocks_is_found(log):
    tamper("UPDATE core_block SET since = since + 1 WHERE id = 2")
    assert broken() == "Block 2 does not continue the one before it."


def test_a_log_replaced_and_chained_anew_is_found_by_the_outside_checkpoint_alone(log, folder: Path, tmp_path: Path):
    """Whoever has the owner's password, the signing key and the machine's files can make all of it fit."""
    outside = shutil.copy(folder / FILE, tmp_path / "kept-elsewhere.jsonl")
    tamper(changed(log[4]), "DELETE FROM core_block")
    (folder / FILE).unlink()
    assert seal() == 1
    assert verify() == (1, 9)
    assert broken(outside) == "Block 1 is not the one of its checkpoint: the log was replaced."


def test_checkpoints_signed_by_a_stranger_are_refused(log, folder: Path, tmp_path: Path):
    forged = tmp_path / "forged.jsonl"
    forged.write_text(json.dumps({**lines(folder)[0], "signature": "00" * 64}) + "\n")
    assert broken(forged).endswith("The checkpoint of block 1 is not signed by a key of ours.")


@pytest.mark.parametrize(
    "text", ["{}\n", "[1]\n", "what\n", '{"block": "1", "hash": "", "key": "", "signature": ""}\n']
)
def test_a_file_that_holds_no_checkpoints_is_refused(log, tmp_path: Path, text: str):
    (tmp_path / "other").write_text(text)
    assert broken(tmp_path / "other").endswith("A line is not JSON with a block, a hash, a key and a signature.")


def test_the_command_says_what_is_wrong_and_fails(log):
    call_command("audit_verify", stdout=(said := StringIO()))
    assert said.getvalue() == "The audit log is whole: 9 entries in 3 blocks.\n"
    tamper(removed(log[4]))
    with pytest.raises(CommandError, match="Block 2: 1 of its 3 entries are missing") as failure:
        call_command("audit_verify")
    assert failure.value.returncode == 1


def test_a_file_that_is_not_there_is_said_to_be(log):
    with pytest.raises(CommandError, match=r"nowhere.jsonl can't be read \(No such file or directory\)"):
        call_command("audit_verify", from_checkpoint=Path("nowhere.jsonl"))


def test_a_key_that_was_changed_is_trusted_for_what_it_signed(log, settings, folder: Path):
    settings.AUDIT_SIGNING_KEY = KEY_FILES["audit_signing.pem"]().decode()
    written(1)
    assert seal() == 1
    assert len({block.key for block in Block.objects.all()}) == 2
    assert verify() == (4, 10)
    for public in folder.glob("*.pem"):
        public.unlink()
    assert broken().startswith("Block 1 was changed after it was signed, or was not signed by a key of ours.")
