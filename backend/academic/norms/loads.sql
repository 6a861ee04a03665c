-- What lecturers teach in a term and in its parts, against their contracts and the norms. `weeks` are its teaching weeks,
-- which the calendar counts. Hours are those that occurrences take, times the share of whom they are; who states no share
-- is there for all of it. Who teaches several sections that meet together is there once.
CREATE OR REPLACE FUNCTION academic_teaching_loads(place uuid, of_term uuid, weeks int, lecturers uuid[])
RETURNS TABLE (account uuid, hours numeric, unshared numeric, sections bigint, fte numeric, norm numeric, most numeric)
LANGUAGE sql STABLE AS $$
  WITH term AS (
    SELECT starts_on, ends_on, ends_on - starts_on + 1 AS days FROM academic_term
    WHERE institution_id = place AND id = of_term
  ),
  taught AS (
    SELECT claim.account_id, sum(length.hours * coalesce(mine.share, 1)) AS hours,
      coalesce(sum(length.hours) FILTER (WHERE mine.share IS NULL), 0) AS unshared,
      count(DISTINCT occurrence.section_id) AS sections
    FROM academic_term part
    JOIN academic_section section ON section.institution_id = place AND section.term_id = part.id
    JOIN academic_occurrence occurrence ON occurrence.institution_id = place AND occurrence.section_id = section.id
    JOIN academic_occurrencelecturer claim ON claim.institution_id = place AND claim.occurrence_id = occurrence.id
    CROSS JOIN LATERAL (SELECT extract(epoch FROM claim.ends_at - claim.starts_at) / 3600 AS hours) length
    CROSS JOIN LATERAL (
      SELECT CASE WHEN bool_and(teaching.share IS NOT NULL) THEN max(teaching.share) END AS share
      FROM academic_section met
      JOIN academic_teaching teaching ON teaching.institution_id = place AND teaching.section_id = met.id
      WHERE met.institution_id = place AND met.meets_as = section.id
        AND teaching.account_id = claim.account_id AND teaching.attends
    ) mine
    WHERE part.institution_id = place AND of_term IN (part.id, part.parent_id) AND claim.account_id = ANY (lecturers)
    GROUP BY claim.account_id
  ),
  employed AS (
    SELECT member.account_id, sum(held.post) AS fte, sum(held.post * norm.hours * norm.times) AS norm,
      CASE WHEN count(norm.most_hours) = count(norm.id) THEN sum(held.post * norm.most_hours * norm.times) END AS most
    FROM term
    JOIN staff_member member ON member.institution_id = place AND member.account_id = ANY (lecturers)
    JOIN staff_contract contract ON contract.institution_id = place AND contract.member_id = member.id
      AND contract.starts_on <= term.ends_on AND (contract.ends_on IS NULL OR contract.ends_on >= term.starts_on)
    CROSS JOIN LATERAL (
      SELECT contract.fte / term.days
        * (least(contract.ends_on, term.ends_on) - greatest(contract.starts_on, term.starts_on) + 1) AS post
    ) held
    LEFT JOIN LATERAL (
      SELECT one.*, CASE one.per WHEN 'week' THEN weeks ELSE 1 END AS times FROM academic_teachingnorm one
      WHERE one.institution_id = place AND (one.activity = contract.activity
        OR one.activity = '' AND contract.activity IN ('teaching', 'teaching_and_research'))
      ORDER BY one.activity DESC LIMIT 1
    ) norm ON true
    GROUP BY member.account_id
  )
  SELECT lecturer, coalesce(taught.hours, 0), coalesce(taught.unshared, 0), coalesce(taught.sections, 0),
    employed.fte, employed.norm, employed.most
  FROM unnest(lecturers) lecturer
  LEFT JOIN taught ON taught.account_id = lecturer
  LEFT JOIN employed ON employed.account_id = lecturer
$$;
