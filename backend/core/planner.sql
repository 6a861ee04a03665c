-- For whoever has filled tables in a transaction and goes on in it: the owner counts those that are far from what the
-- planner believes, for the application may not. The planner believes in what was counted last, an empty table perhaps,
-- in which every key is looked up through whatever index comes first: minutes instead of seconds. Of `id` alone, so that
-- autovacuum still counts the rest; a table that somebody else holds is left to them.
CREATE OR REPLACE FUNCTION tell_planner(tables regclass[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  grown regclass;
BEGIN
  FOR grown IN
    SELECT oid FROM pg_class
    WHERE oid = ANY (tables)
      AND (reltuples <= 0 OR pg_relation_size(oid) > 2::bigint * relpages * current_setting('block_size')::bigint)
    ORDER BY oid
  LOOP
    EXECUTE format('ANALYZE (SKIP_LOCKED) %s (id)', grown);
  END LOOP;
END
$$;
