
select
  cast(null as varchar) as dt,
  key,
  sum(addend) as value
from (
  select coalesce(day, dt) as dt, keys as key, value as addend
  from rollups
  where (dt between ? and ? or dt between ? and ? or dt in (?)) and metric = ? and dimensions = ?
) as matching
group by grouping sets ((), (key))
order by case when key is null then 0 else 1 end, value desc, key
limit 10001
