UNLOAD (
select
  metric,
  dimensions,
  keys,
  register,
  case when register is null then sum(value) else max(value) end as value,
  sum(amount) as amount,
  cast(null as varchar) as day
from rollups
where dt between ? and ?
group by metric, dimensions, keys, register
order by metric, dimensions, keys, register
) TO 's3://lake-1/rollups/dt=m2024-02-r1/' WITH (format = 'PARQUET', compression = 'SNAPPY')