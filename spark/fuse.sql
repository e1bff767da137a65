-- Fuses the records of all models, shard by shard: to results in JSON lines, or slide by slide to the sets of labels, each a
-- line. After rows.sql. ${out} is the folder of the lines, ${fuse} the worker. Spark commits the output: a worker whose executor dies sees no more than the end of its input.
INSERT OVERWRITE DIRECTORY '${out}' USING text OPTIONS (compression 'gzip')
SELECT TRANSFORM(shard, image, source, first, model, path, results)
  ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t'
  USING '${fuse}'
  AS (line STRING)
  ROW FORMAT DELIMITED FIELDS TERMINATED BY '\n'
FROM (SELECT * FROM records DISTRIBUTE BY shard SORT BY shard, image, source, first);
