-- The same matching as payments/reconcile, for three books: kiosk, mis, posp, each a table
-- with serial, account, amount, paid, state (0 stands, 1 reversed, 3 open, 4 unwritten) and
-- margin. Statements are separated by lines of dashes. It is written for DuckDB and for
-- PostgreSQL alike; DIGEST is replaced by what each has to digest the text of rows with.
CREATE TABLE joined AS
WITH k AS (
  SELECT serial, min(account) AS account, count(*) AS n, sum(CASE WHEN state IN (0, 4) THEN 1 ELSE 0 END) AS s, min(amount) AS amount, min(paid) AS paid, max(state) AS state, min(margin) AS margin
  FROM kiosk GROUP BY serial
), m AS (
  SELECT serial, min(account) AS account, count(*) AS n, sum(CASE WHEN state IN (0, 4) THEN 1 ELSE 0 END) AS s, min(amount) AS amount, min(paid) AS paid, max(state) AS state, min(margin) AS margin
  FROM mis GROUP BY serial
), p AS (
  SELECT serial, count(*) AS n, sum(CASE WHEN state IN (0, 4) THEN 1 ELSE 0 END) AS s, min(amount) AS amount, min(paid) AS paid, max(state) AS state, min(margin) AS margin
  FROM posp GROUP BY serial
), j AS (
  SELECT coalesce(k.serial, m.serial, p.serial) AS serial, coalesce(k.account, m.account) AS account,
    coalesce(k.n, 0) AS kn, coalesce(m.n, 0) AS mn, coalesce(p.n, 0) AS pn, coalesce(k.s, 0) AS ks, coalesce(m.s, 0) AS ms, coalesce(p.s, 0) AS ps,
    k.amount AS ka, m.amount AS ma, p.amount AS pa, coalesce(k.paid, m.paid, p.paid) AS paid, k.state AS kstate, m.state AS mstate, p.state AS pstate,
    k.margin AS kmargin, m.margin AS mmargin, p.margin AS pmargin
  FROM k FULL OUTER JOIN m ON k.serial = m.serial FULL OUTER JOIN p ON coalesce(k.serial, m.serial) = p.serial
), c AS (
  SELECT *,
    coalesce(kstate = 3 OR mstate = 3 OR pstate = 3, false) AS is_open,
    ks > 1 OR ms > 1 OR ps > 1 AS is_twice,
    ks + ms + ps > 0 AND (kn = 0 OR ks > 0 AND (mn = 0 OR pn = 0)) AS is_lacking,
    ks + ms + ps > 0 AND (kn > 0 AND ks = 0 AND kstate <> 3 OR mn > 0 AND ms = 0 AND mstate <> 3 OR pn > 0 AND ps = 0 AND pstate <> 3) AS is_status,
    coalesce(ks > 0 AND ms > 0 AND ka <> ma OR ks > 0 AND ps > 0 AND ka <> pa OR ms > 0 AND ps > 0 AND ma <> pa, false) AS is_amount,
    coalesce(kmargin = 1 OR mmargin = 1 OR pmargin = 1, false) AND coalesce(kmargin = 0 OR mmargin = 0 OR pmargin = 0, false) AS is_straddle,
    coalesce(kstate = 4 OR mstate = 4 OR pstate = 4, false) AS is_unwritten
  FROM j
)
SELECT *, CASE WHEN kn > 0 THEN ka WHEN mn > 0 THEN ma ELSE pa END AS amount FROM c
WHERE is_open OR is_twice OR is_lacking OR is_status OR is_amount OR is_straddle OR is_unwritten;
--------
CREATE TABLE lone AS
SELECT * FROM joined WHERE is_lacking AND NOT (is_open OR is_twice OR is_status OR is_amount);
--------
CREATE TABLE pairs AS
WITH near AS (
  SELECT a.serial AS a, b.serial AS b,
    row_number() OVER (PARTITION BY a.serial ORDER BY abs(a.paid - b.paid), b.serial) AS na,
    row_number() OVER (PARTITION BY b.serial ORDER BY abs(a.paid - b.paid), a.serial) AS nb
  FROM lone a JOIN lone b ON a.account = b.account AND a.amount = b.amount AND abs(a.paid - b.paid) <= 300
  WHERE a.kn > 0 AND a.mn = 0 AND b.kn = 0 AND b.mn > 0 AND b.pn = 0
)
SELECT a, b FROM near WHERE na = 1 AND nb = 1;
--------
CREATE TABLE breaks AS
SELECT 'open' AS class, serial, account, ka, ma, pa FROM joined WHERE is_open
UNION ALL SELECT 'duplicate', serial, account, ka, ma, pa FROM joined WHERE is_twice
UNION ALL SELECT 'one-sided', serial, account, ka, ma, pa FROM joined WHERE is_lacking AND NOT is_open
  AND NOT EXISTS (SELECT 1 FROM pairs WHERE pairs.a = joined.serial) AND NOT EXISTS (SELECT 1 FROM pairs WHERE pairs.b = joined.serial)
UNION ALL SELECT 'status', serial, account, ka, ma, pa FROM joined WHERE is_status
UNION ALL SELECT 'amount', serial, account, ka, ma, pa FROM joined WHERE is_amount
UNION ALL SELECT 'straddle', serial, account, ka, ma, pa FROM joined WHERE is_straddle
UNION ALL SELECT 'card-not-written', serial, account, ka, ma, pa FROM joined WHERE is_unwritten;
--------
CREATE TABLE digests AS
SELECT 'kiosk' AS book, count(*) AS n, DIGEST AS digest FROM kiosk
UNION ALL SELECT 'mis', count(*), DIGEST FROM mis
UNION ALL SELECT 'posp', count(*), DIGEST FROM posp;
