-- The windows of some kinds that hold for a section and the program of a student, one of each kind at most: one of the
-- section before that of the section of which it is a part, then one of the program, then the term's; one of a part of a
-- term before that of its whole. Other SQL asks for it in FROM, where it is planned as a part of what asks.
CREATE OR REPLACE FUNCTION academic_windows_of(place uuid, section uuid, program uuid, kinds text[])
RETURNS TABLE (kind text, opens_at timestamptz, closes_at timestamptz) LANGUAGE sql STABLE AS $windows$
  SELECT DISTINCT ON (own.kind) own.kind::text,
    coalesce(own.opens_at, (offered.starts_on + own.opens_after)::timestamp AT TIME ZONE home.time_zone),
    coalesce(own.closes_at, (offered.starts_on + own.closes_after + 1)::timestamp AT TIME ZONE home.time_zone)
  FROM academic_section offered
  JOIN faculties_institution home ON home.id = offered.institution_id
  JOIN academic_term term ON term.institution_id = offered.institution_id AND term.id = offered.term_id
  LEFT JOIN academic_term whole ON whole.institution_id = term.institution_id AND whole.id = term.parent_id
  JOIN academic_window own ON own.institution_id = offered.institution_id AND own.kind = ANY ($4)
    AND own.term_id IN (term.id, term.parent_id, whole.parent_id)
    AND (own.section_id IN (offered.id, offered.whole_id)
      OR own.section_id IS NULL AND (own.program_id = $3 OR own.program_id IS NULL))
  WHERE offered.institution_id = $1 AND offered.id = $2
  ORDER BY own.kind, own.section_id IS NULL, own.section_id <> offered.id, own.program_id IS NULL,
    own.term_id <> term.id, own.term_id <> term.parent_id
$windows$;

CREATE OR REPLACE FUNCTION academic_window_of(institution uuid, section uuid, program uuid, kind text)
RETURNS TABLE (opens_at timestamptz, closes_at timestamptz) LANGUAGE sql STABLE AS $window$
  SELECT w.opens_at, w.closes_at FROM academic_windows_of($1, $2, $3, ARRAY[$4]) w
$window$;

-- In which windows one registers for a section; without any there is no limit. Where re-registration has one, whoever
-- continues registers in that, and whoever is new in that for registering: `continues` says for whom a window is, and is
-- null where it is for all.
CREATE OR REPLACE FUNCTION academic_windows_to_register(place uuid, section uuid, program uuid)
RETURNS TABLE (kind text, opens_at timestamptz, closes_at timestamptz, continues boolean)
LANGUAGE sql STABLE AS $registering$
  SELECT w.kind, w.opens_at, w.closes_at,
         CASE WHEN w.kind <> 'add' AND bool_or(w.kind = 're_registration') OVER () THEN w.kind = 're_registration' END
    FROM academic_windows_of($1, $2, $3, ARRAY['register', 're_registration', 'add']) w
$registering$;

-- Whether a student continues with a section: there is a registration of theirs in an earlier term. What was dropped left
-- none; one that was withdrawn is one. A term and its parts are one.
CREATE OR REPLACE FUNCTION academic_continues(place uuid, student uuid, section uuid)
RETURNS boolean LANGUAGE sql STABLE AS $continues$
  SELECT EXISTS (
    SELECT FROM academic_section wanted
      JOIN academic_term term ON term.institution_id = $1 AND term.id = wanted.term_id
      LEFT JOIN academic_term whole
        ON whole.institution_id = $1 AND whole.id = term.parent_id AND whole.kind = 'term'
      JOIN academic_registration r ON r.institution_id = $1 AND r.student_id = $2
      JOIN academic_section taken ON taken.institution_id = $1 AND taken.id = r.section_id
      JOIN academic_term earlier ON earlier.institution_id = $1 AND earlier.id = taken.term_id
      WHERE wanted.institution_id = $1 AND wanted.id = $3
        AND earlier.starts_on < coalesce(whole.starts_on, term.starts_on))
$continues$;
