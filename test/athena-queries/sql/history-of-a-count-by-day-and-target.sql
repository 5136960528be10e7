
select
  dt,
  key,
  sum(addend) as value
from (
  select coalesce(day, dt) as dt, split_part(keys, '+', 1) as key, value as addend
  from rollups
  where dt between ? and ? and dt not in (?) and metric = ? and dimensions = ? and split_part(keys, '+', 2) = ?
) as matching
group by grouping sets ((), (key), (dt))
order by case when key is null then 0 else 1 end, value desc, key
limit 10004
