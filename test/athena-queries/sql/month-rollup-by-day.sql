UNLOAD (
select metric, dimensions, keys, register, value, amount, dt as day
from rollups
where dt between ? and ?
order by metric, dimensions, day, keys, register
) TO 's3://lake-1/rollups/dt=d2024-02-r1/' WITH (format = 'PARQUET', compression = 'SNAPPY')