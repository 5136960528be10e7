
select
  dt,
  key,
  sum(addend) filter (where matches) as value,
  cast(null as varchar) as sketch,
  case when key is null and dt is null then coalesce(array_join(array_agg(held), ' '), '') end as found
from (
  select dt as dt, split_part(keys, '+', 1) as key, value as addend,
    coalesce(events, 1) > 0 and keys <> '+' as matches,
    case when keys = '+' and events is not null then dt end as held
  from rollups
  where (dt between ? and ?) and dt not in (?) and metric = ? and dimensions = ? and (split_part(keys, '+', 2) = ? or keys = '+')
) as matching
group by grouping sets ((), (key), (dt))
having (key is null and dt is null) or count_if(matches) > 0
order by case when key is null then 0 else 1 end, value desc, key
limit 10004
