"""Students of before get a history of what is known of them, and the statuses of now."""

# ruff: noqa: S608  What is pasted into the SQL is ours.

from django.db import migrations

from core.ids import NEW_ID

# Of those before there was a history, the day is not known: the year of entry began it, and the last change ended it.
FORWARDS = f"""
UPDATE students_student
SET status = CASE status WHEN 'completed' THEN 'graduated' ELSE 'dropped_out' END, version = version + 1
WHERE status IN ('completed', 'left');
INSERT INTO students_studentstatus
  (id, institution_id, created_at, updated_at, version, student_id, status, starts_on, reason, note)
SELECT {NEW_ID}, institution_id, now(), now(), 1, id, 'active',
  least(make_date(entry_year, 1, 1), created_at::date), '', ''
FROM students_student;
INSERT INTO students_studentstatus
  (id, institution_id, created_at, updated_at, version, student_id, status, starts_on, reason, note)
SELECT {NEW_ID}, institution_id, now(), now(), 1, id, status, updated_at::date,
  CASE status WHEN 'dropped_out' THEN 'not_stated' ELSE '' END, ''
FROM students_student WHERE status <> 'active'
"""
BACKWARDS = """
UPDATE students_student SET version = version + 1, status = CASE status
  WHEN 'graduated' THEN 'completed' WHEN 'deceased' THEN 'deceased'
  WHEN 'dropped_out' THEN 'left' WHEN 'transferred_out' THEN 'left' ELSE 'active' END
WHERE status <> 'active'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("students", "0010_status_history"),
    ]

    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
