-- Scores the records of one model, shard by shard: a line for each shard with what it adds to the score. After rows.sql.
-- A shard without records is there too, since its ground truth counts. ${out}, ${shards} and ${score} are given.
INSERT OVERWRITE DIRECTORY '${out}' USING text OPTIONS (compression 'gzip')
SELECT TRANSFORM(shard, image, source, first, model, path, results)
  ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t'
  USING '${score}'
  AS (part STRING)
  ROW FORMAT DELIMITED FIELDS TERMINATED BY '\n'
FROM (
  SELECT * FROM (
    SELECT * FROM records
    UNION ALL
    SELECT explode(sequence(1, ${shards})) AS shard, 0 AS image, 0 AS source, 0 AS first, '' AS model, '' AS path, '' AS results
  ) DISTRIBUTE BY shard SORT BY shard, image, source, first
);
