-- The terms that are one where something is limited in a term: itself, or the term of which it is a part, with all parts
-- of that. A year is no such whole: what is limited in a term is so in each term of it.
CREATE OR REPLACE FUNCTION academic_terms_with(place uuid, of_term uuid) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
  SELECT part.id FROM academic_term own
  LEFT JOIN academic_term whole
    ON whole.institution_id = place AND whole.id = own.parent_id AND whole.kind = 'term'
  JOIN academic_term part
    ON part.institution_id = place AND coalesce(whole.id, own.id) IN (part.id, part.parent_id)
  WHERE own.institution_id = place AND own.id = of_term
$$;
