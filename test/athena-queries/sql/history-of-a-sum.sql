
select
  dt,
  cast(null as varchar) as key,
  sum(addend) as value
from (
  select coalesce(day, dt) as dt, '' as key, amount as addend
  from rollups
  where dt between ? and ? and metric = ? and dimensions = ? and keys = ?
) as matching
group by grouping sets ((), (dt))

