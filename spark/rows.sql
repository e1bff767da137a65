-- Records of files of predictions as rows: consecutive records of a file on one image, with the shard of that image.
-- The launcher gives ${files}, ${tasks}, ${partitions} and ${split}.
SET spark.sql.adaptive.enabled=false;
SET spark.sql.shuffle.partitions=${partitions};

CREATE TEMPORARY VIEW files (path STRING, model STRING, source STRING) USING csv OPTIONS (path '${files}', sep '\t', quote '');

CREATE TEMPORARY VIEW records AS
SELECT TRANSFORM(path, model, source)
  ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t'
  USING '${split}'
  AS (shard INT, image INT, source INT, first INT, model STRING, path STRING, results STRING)
  ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t'
FROM (SELECT /*+ REPARTITION(${tasks}) */ path, model, source FROM files);
