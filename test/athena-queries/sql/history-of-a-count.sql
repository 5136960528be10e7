
select
  cast(null as varchar) as dt,
  cast(null as varchar) as key,
  sum(addend) as value
from (
  select coalesce(day, dt) as dt, keys as key, value as addend
  from rollups
  where dt between ? and ? and metric = ? and dimensions = ?
) as matching
group by grouping sets (())

