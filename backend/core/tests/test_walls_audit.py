"""This file holds the tests of the audit of the walls: it finds every gap that the owner can make, and no other."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from core.tenancy.audit import exceptions, gaps
from core.tenancy.roles import as_owner

GAPS = {
    "ALTER TABLE students_student DISABLE ROW LEVEL SECURITY": ["students_student: row security is off."],
    "ALTER TABLE students_student NO FORCE ROW LEVEL SECURITY": [
        "students_student: row security is not forced, so its owner sees every row."
    ],
    "DROP POLICY national ON students_student": ["students_student: policies are missing: national."],
    "ALTER POLICY tenant ON students_student USING (true)": ["students_student: the policy tenant is not the wall's."],
    "ALTER POLICY tenant ON students_student WITH CHECK (true)": [
        "students_student: the policy tenant is not the wall's."
    ],
    "ALTER POLICY national ON students_student TO public": ["students_student: the policy national is not the wall's."],
    "ALTER POLICY maintenance ON students_student USING (session_user = 'tesc_owner')": [
        "students_student: the policy maintenance is not the wall's."
    ],
    "CREATE POLICY friendly ON students_student USING (true)": [
        "students_student: the policy friendly is not the wall's."
    ],
    "ALTER TABLE students_student DROP CONSTRAINT students_student_department_same": [
        "students_student: the key students_student_department_same is missing."
    ],
    "ALTER TABLE students_student DROP CONSTRAINT students_student_department_same, ADD CONSTRAINT "
    "students_student_department_same FOREIGN KEY (institution_id, department_id) "
    "REFERENCES faculties_department (institution_id, id) NOT VALID": [
        "students_student: the key students_student_department_same was never validated."
    ],
    "ALTER TABLE students_student ADD CONSTRAINT simple FOREIGN KEY (department_id) "
    "REFERENCES faculties_department (id)": ["students_student: the key simple can point into another institution."],
    "CREATE TABLE handmade (institution_id uuid)": [
        "handmade: row security is off.",
        "handmade: row security is not forced, so its owner sees every row.",
        "handmade: policies are missing: maintenance, national, tenant.",
        "handmade: the key (institution_id, id) is missing, to which others point.",
        "handmade: tesc_app may nothing; it should SELECT, INSERT, UPDATE, DELETE.",
    ],
    "ALTER TABLE academic_mark DROP CONSTRAINT academic_mark_institution_id_id_key": [
        "academic_mark: the key (institution_id, id) is missing, to which others point."
    ],
    "CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM students_student": [
        "counts: a materialized view shows every institution's rows to anybody."
    ],
    "CREATE VIEW everybody AS SELECT * FROM students_student": [
        "everybody: a view without security_invoker reads as its owner."
    ],
    "CREATE VIEW everybody WITH (security_invoker = on) AS SELECT * FROM students_student": [],
    "GRANT TRUNCATE ON students_student TO tesc_app": [
        "students_student: tesc_app may SELECT, INSERT, UPDATE, DELETE, TRUNCATE; "
        "it should SELECT, INSERT, UPDATE, DELETE."
    ],
    "GRANT UPDATE ON core_auditentry TO tesc_app": [
        "core_auditentry: tesc_app may SELECT, INSERT, UPDATE; it should SELECT, INSERT."
    ],
    "REVOKE INSERT ON students_student FROM tesc_app": [
        "students_student: tesc_app may SELECT, UPDATE, DELETE; it should SELECT, INSERT, UPDATE, DELETE."
    ],
    "GRANT SELECT ON core_message TO PUBLIC": ["core_message: tesc_national may SELECT; it should nothing."],
    "GRANT UPDATE ON students_student TO tesc_national": [
        "students_student: tesc_national may SELECT, UPDATE; it should SELECT."
    ],
}


@pytest.mark.django_db
def test_the_walls_stand():
    assert gaps() == []


@pytest.mark.django_db
def test_what_stands_outside_the_walls_has_a_reason():
    assert set(exceptions()) == {
        "core_auditentry",
        "core_datakey",
        "core_message",
        "instauth_client",
        "instauth_identityprovider",
        "instauth_invitation",
        "instauth_policy",
        "instauth_signup",
        "instauth_recovery",
        "instauth_supportaccess",
        "users_dataexport",
        "users_delegation",
        "users_grant",
        "users_membership",
        "users_role",
    }
    assert all(reason.endswith(".") for reason in exceptions().values())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("mistake", "found"), GAPS.items())
def test_the_audit_finds(mistake, found):
    with as_owner(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(mistake)
        assert gaps() == found
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_the_command_fails_on_a_gap():
    with as_owner(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE students_student NO FORCE ROW LEVEL SECURITY")
        with pytest.raises(CommandError, match="students_student: row security is not forced"):
            call_command("walls_audit")
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_the_command_names_the_exceptions(capsys):
    call_command("walls_audit")
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("core_auditentry stands outside the walls: ")
    assert said[-1] == "The walls stand."
