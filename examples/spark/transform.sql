-- Classifies posts in Parquet files with Spark SQL and the program, without Python:
--
--     tidegate compile -o rules.tgc
--     spark-sql -d posts=POSTS -d verdicts=VERDICTS -f transform.sql
--
-- POSTS is a folder of Parquet files whose columns are named as the members of a post (`id`,
-- `title`, `text`, `channel`, …). VERDICTS becomes a folder of Parquet files with the column
-- `verdict`. The script fails unless there is a verdict for each post, all of one engine and one
-- rule set; the verdicts are not to be used then.

-- The program and one file with all rules, in the folder of each executor.
ADD FILE tidegate;
ADD FILE rules.tgc;

CREATE OR REPLACE TEMPORARY VIEW posts AS SELECT * FROM parquet.`${posts}`;

-- `to_json` makes one line of each post, without line ends, tabs or `\N` of its own.
INSERT OVERWRITE DIRECTORY '${verdicts}' USING parquet
SELECT TRANSFORM(to_json(struct(*)))
    USING './tidegate scan --rules rules.tgc --stamp --threads 1 --max-errors 100%'
    AS (verdict STRING)
FROM posts;

CREATE OR REPLACE TEMPORARY VIEW verdicts AS
SELECT verdict, from_json(verdict, 'ruleset STRING, engine STRING') AS stamp
FROM parquet.`${verdicts}`;

SELECT
    count(*) AS posts,
    assert_true(count(*) = (SELECT count(*) FROM posts), 'not one verdict for each post'),
    assert_true(count(stamp.ruleset) = count(*) AND count(stamp.engine) = count(*),
        'a verdict without rule set and engine'),
    assert_true(count(DISTINCT stamp) <= 1, 'more than one engine or rule set')
FROM verdicts;
