-- The twelve articles of benchmarks/rulebook for DuckDB, by hand: for each how many fail, are unknown, are not asked.
-- Three-valued as SQL is; dates are DATE, enums the numbers of their words, `people` as benchmarks/rules_scan.py makes it.
-- Months to the first of a month are what date_sub counts.
WITH told AS (
  SELECT
    title <> 10 AS leads,
    title IN (0, 2, 4, 5) AS a_not_local,
    title <> 10 AND level <> 0 AS a_years_in_post,
    title IN (6, 7, 8, 9) AS a_training,
    title IN (1, 3, 7, 9) AS a_deputies,
    CASE sex
      WHEN 0 THEN CASE WHEN born_month >= $first_F THEN born_month > $retired_F END
      WHEN 1 THEN CASE WHEN born_month >= $first_M THEN born_month > $retired_M END
    END AS c_retired,
    CASE sex
      WHEN 0 THEN CASE WHEN born_month >= $first_F THEN born_month > $term_F END
      WHEN 1 THEN CASE WHEN born_month >= $first_M THEN born_month > $term_M END
    END AS c_term_left,
    CASE WHEN born_lo = born_hi OR date_sub('month', born_lo, DATE '2026-07-01') // 12 = date_sub('month', born_hi, DATE '2026-07-01') // 12
      THEN born_hi > CASE sex
        WHEN 0 THEN CASE level WHEN 0 THEN DATE '1973-07-01' WHEN 1 THEN DATE '1975-07-01' WHEN 2 THEN DATE '1977-07-01' END
        WHEN 1 THEN CASE level WHEN 0 THEN DATE '1970-07-01' WHEN 1 THEN DATE '1972-07-01' WHEN 2 THEN DATE '1975-07-01' END
      END
    END AS c_first_age,
    native_area <> area AS c_not_local,
    CASE WHEN post_since_lo = post_since_hi
        OR date_sub('month', post_since_lo, DATE '2026-07-01') = date_sub('month', post_since_hi, DATE '2026-07-01')
      THEN post_since_hi > DATE '2016-06-01' END AS c_years_in_post,
    degree >= 2 OR (minority AND level = 2 AND degree = 1) AS c_degree,
    theory = 3 OR (theory = 2 AND NOT (level <= 1 AND title IN (0, 2, 6))) AS c_theory,
    trained AS c_training,
    discipline = 0 OR CASE WHEN discipline_on_lo = discipline_on_hi
        OR date_sub('month', discipline_on_lo, DATE '2026-07-01') = date_sub('month', discipline_on_hi, DATE '2026-07-01')
      THEN discipline_on_hi <= CASE discipline
        WHEN 0 THEN DATE '2026-07-31' WHEN 1 THEN DATE '2026-04-01' WHEN 2 THEN DATE '2025-07-01' WHEN 3 THEN DATE '2024-07-01' END
    END AS c_discipline,
    grades_0 <= 1 AND grades_1 <= 1 AND grades_2 <> 3 AS c_grades,
    planned AS c_planned,
    deputies_now <= CASE level WHEN 0 THEN 4 WHEN 1 THEN 3 WHEN 2 THEN 2 END AS c_deputies
  FROM people
), kept AS (
  SELECT *, NOT leads OR c_term_left AS k_term_left, NOT leads OR c_first_age AS k_first_age, NOT a_not_local OR c_not_local AS k_not_local,
    NOT a_years_in_post OR c_years_in_post AS k_years_in_post, NOT leads OR c_theory AS k_theory, NOT a_training OR c_training AS k_training,
    NOT leads OR c_discipline AS k_discipline, NOT leads OR c_grades AS k_grades, NOT leads OR c_planned AS k_planned,
    NOT a_deputies OR c_deputies AS k_deputies
  FROM told
)
SELECT
  count_if(NOT c_retired), count(*) - count(c_retired), 0,
  count_if(NOT k_term_left), count(*) - count(k_term_left), count_if(NOT leads),
  count_if(NOT k_first_age), count(*) - count(k_first_age), count_if(NOT leads),
  count_if(NOT k_not_local), count(*) - count(k_not_local), count_if(NOT a_not_local),
  count_if(NOT k_years_in_post), count(*) - count(k_years_in_post), count_if(NOT a_years_in_post),
  count_if(NOT c_degree), count(*) - count(c_degree), 0,
  count_if(NOT k_theory), count(*) - count(k_theory), count_if(NOT leads),
  count_if(NOT k_training), count(*) - count(k_training), count_if(NOT a_training),
  count_if(NOT k_discipline), count(*) - count(k_discipline), count_if(NOT leads),
  count_if(NOT k_grades), count(*) - count(k_grades), count_if(NOT leads),
  count_if(NOT k_planned), count(*) - count(k_planned), count_if(NOT leads),
  count_if(NOT k_deputies), count(*) - count(k_deputies), count_if(NOT a_deputies)
FROM kept
