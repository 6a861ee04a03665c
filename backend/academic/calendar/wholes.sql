-- The terms that are one where something is limited in a term: itself, or the term of which it is a part, with all parts
-- of that. A year is no such whole: what is limited in a term is so in each term of it. Asked for in FROM, it is planned
-- as a part of what asks for it.
CREATE OR REPLACE FUNCTION academic_terms_with(place uuid, of_term uuid) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
  WITH whole AS (
    SELECT coalesce(above.id, own.id) AS id FROM academic_term own
    LEFT JOIN academic_term above
      ON above.institution_id = place AND above.id = own.parent_id AND above.kind = 'term'
    WHERE own.institution_id = place AND own.id = of_term
  )
  SELECT id FROM whole
  UNION ALL
  SELECT part.id FROM whole JOIN academic_term part ON part.institution_id = place AND part.parent_id = whole.id
$$;
