-- The slots of a week in which everybody is free in all of the weeks: who attends and teaches, and the cohorts, of the
-- section and of those that meet with it. A slot that the clocks of the institution skip or stretch is none.
WITH place AS (
  SELECT time_zone FROM faculties_institution WHERE id = %(institution)s
), taught AS (
  SELECT id FROM academic_section
  WHERE institution_id = %(institution)s AND meets_as = %(section)s AND status <> 'canceled'
), teacher AS (
  SELECT DISTINCT account_id FROM academic_teaching
  WHERE institution_id = %(institution)s AND section_id IN (SELECT id FROM taught) AND attends
), cohort AS (
  SELECT DISTINCT program_version_id, year_of_study, "group" FROM academic_sectioncohort
  WHERE institution_id = %(institution)s AND section_id IN (SELECT id FROM taught)
), day AS MATERIALIZED (
  SELECT weekday, monday + weekday - 1 AS day
  FROM unnest(%(mondays)s::date[]) monday CROSS JOIN unnest(%(weekdays)s::int[]) weekday
  WHERE monday + weekday - 1 BETWEEN %(first_day)s AND %(last_day)s
    AND NOT EXISTS (SELECT FROM academic_holiday holiday WHERE holiday.institution_id = %(institution)s
      AND NOT holiday.is_canceled AND monday + weekday - 1 BETWEEN holiday.starts_on AND holiday.ends_on
      AND NOT (holiday.is_exams AND %(is_single)s))
), span AS (
  SELECT (min(day) - 1)::timestamptz AS first, (max(day) + 2)::timestamptz AS last FROM day
), start AS (
  SELECT %(earliest)s::time + minute * interval '1 minute' AS starts
  FROM generate_series(0, floor(extract(epoch FROM %(latest)s::time - %(earliest)s::time) / 60)::int - %(minutes)s,
    %(step)s) minute
), hour AS MATERIALIZED (
  SELECT day.weekday, start.starts, day.day, (day + starts) AT TIME ZONE time_zone AS starts_at,
    (day + starts + %(minutes)s * interval '1 minute') AT TIME ZONE time_zone AS ends_at, time_zone
  FROM day CROSS JOIN start CROSS JOIN place
), attended AS MATERIALIZED (
  SELECT (claim.starts_at AT TIME ZONE time_zone)::date AS day, claim.starts_at, claim.ends_at FROM place
  CROSS JOIN cohort
  JOIN academic_occurrencecohort claim ON claim.institution_id = %(institution)s
    AND claim.program_version_id = cohort.program_version_id AND claim.year_of_study = cohort.year_of_study
    AND int4range(claim."group", claim."group", '[]') && int4range(cohort."group", cohort."group", '[]')
    AND NOT claim.is_waived
  JOIN academic_occurrence occurrence
    ON occurrence.institution_id = claim.institution_id AND occurrence.id = claim.occurrence_id
  WHERE claim.starts_at BETWEEN (SELECT first FROM span) AND (SELECT last FROM span)
    AND occurrence.meeting_id IS DISTINCT FROM %(meeting)s
), said AS MATERIALIZED (
  SELECT day.day, word.kind, (day.day + coalesce(word.starts_at, '00:00')) AT TIME ZONE time_zone AS starts_at,
    (day.day + coalesce(word.ends_at::interval, '24:00')) AT TIME ZONE time_zone AS ends_at
  FROM place CROSS JOIN day CROSS JOIN teacher
  CROSS JOIN LATERAL academic_words_on(%(institution)s, teacher.account_id,
    day.day::timestamp AT TIME ZONE time_zone, (day.day + 1)::timestamp AT TIME ZONE time_zone) word
), busy AS (
  SELECT claim.starts_at, claim.ends_at FROM teacher
  JOIN academic_occurrencelecturer claim
    ON claim.institution_id = %(institution)s AND claim.account_id = teacher.account_id AND NOT claim.is_waived
  JOIN academic_occurrence occurrence
    ON occurrence.institution_id = claim.institution_id AND occurrence.id = claim.occurrence_id
  WHERE claim.starts_at BETWEEN (SELECT first FROM span) AND (SELECT last FROM span)
    AND occurrence.meeting_id IS DISTINCT FROM %(meeting)s
  UNION ALL SELECT starts_at, ends_at FROM attended
  UNION ALL SELECT starts_at, ends_at FROM said WHERE kind = 'unavailable'
  UNION ALL
  SELECT day.day::timestamp AT TIME ZONE time_zone, (day.day + 1)::timestamp AT TIME ZONE time_zone
  FROM place CROSS JOIN day CROSS JOIN teacher
  JOIN staff_member member ON member.institution_id = %(institution)s AND member.account_id = teacher.account_id
  JOIN staff_absence absence ON absence.institution_id = member.institution_id AND absence.member_id = member.id
    AND day.day >= absence.starts_on AND (absence.ends_on IS NULL OR day.day <= absence.ends_on)
), busy_on AS MATERIALIZED (
  -- By day, so that hours are compared with those of their own day alone.
  SELECT DISTINCT moment::date AS day, busy.starts_at, busy.ends_at FROM busy CROSS JOIN place
  CROSS JOIN LATERAL generate_series((busy.starts_at AT TIME ZONE time_zone)::date::timestamp,
    busy.ends_at AT TIME ZONE time_zone - interval '1 microsecond', interval '1 day') moment
), taken AS (
  SELECT DISTINCT hour.weekday, hour.starts FROM hour
  JOIN busy_on ON busy_on.day = hour.day AND busy_on.starts_at < hour.ends_at AND busy_on.ends_at > hour.starts_at
  UNION
  SELECT weekday, starts FROM hour WHERE (starts_at AT TIME ZONE time_zone)::time <> starts
    OR ends_at - starts_at <> %(minutes)s * interval '1 minute'
), free AS (
  SELECT hour.* FROM hour
  WHERE (hour.weekday, hour.starts) NOT IN (SELECT weekday, starts FROM taken)
), gap AS (
  -- How long the cohorts wait between this hour and the nearest other one of the same day, in the mean.
  SELECT weekday, starts, avg(minutes)::int AS minutes FROM (
    SELECT free.weekday, free.starts, free.day,
      min(extract(epoch FROM greatest(attended.starts_at - free.ends_at, free.starts_at - attended.ends_at)) / 60)
        AS minutes
    FROM free JOIN attended ON attended.day = free.day GROUP BY free.weekday, free.starts, free.day
  ) nearest GROUP BY weekday, starts
), wish AS (
  SELECT free.weekday, free.starts, count(DISTINCT free.day) FILTER (WHERE said.kind = 'preferred'
      AND said.starts_at <= free.starts_at AND said.ends_at >= free.ends_at) AS preferred,
    count(DISTINCT free.day) FILTER (WHERE said.kind = 'undesired') AS undesired
  FROM free JOIN said ON said.day = free.day AND said.starts_at < free.ends_at AND said.ends_at > free.starts_at
  GROUP BY free.weekday, free.starts
)
SELECT free.weekday, free.starts, array_agg(free.starts_at ORDER BY free.day), array_agg(free.ends_at ORDER BY free.day),
  gap.minutes, coalesce(wish.preferred, 0) = count(*), coalesce(wish.undesired, 0) > 0
FROM free LEFT JOIN gap USING (weekday, starts) LEFT JOIN wish USING (weekday, starts)
GROUP BY free.weekday, free.starts, gap.minutes, wish.preferred, wish.undesired
ORDER BY coalesce(wish.undesired, 0) > 0, coalesce(wish.preferred, 0) = count(*) DESC, gap.minutes NULLS LAST,
  free.weekday, free.starts
LIMIT %(most)s
