UNLOAD (
select dt as day, metric, dimensions, keys, events, value, amount, sketch
from rollups
where dt between ? and ?
order by metric, dimensions, day, keys
) TO 's3://lake-1/rollups_by_month/month=2024-02/run=r1/' WITH (format = 'PARQUET', compression = 'SNAPPY')