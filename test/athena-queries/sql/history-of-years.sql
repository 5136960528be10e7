
select
  cast(null as varchar) as dt,
  key,
  sum(addend) filter (where matches) as value,
  cast(null as varchar) as sketch,
  case when key is null then coalesce(array_join(array_agg(held), ' '), '') end as found
from (
  select dt as dt, keys as key, value as addend,
    coalesce(events, 1) > 0 as matches,
    case when keys = '' and events is not null then dt end as held
  from rollups
  where (dt between ? and ? or dt between ? and ?) and metric = ? and dimensions = ?
  union all
  select month as dt, keys as key, value as addend,
    coalesce(events, 1) > 0 as matches,
    case when keys = '' and events is not null then month || ':' || cast(days as varchar) end as held
  from rollups_monthly
  where month in (?) and metric = ? and dimensions = ?
) as matching
group by grouping sets ((), (key))
having (key is null) or count_if(matches) > 0
order by case when key is null then 0 else 1 end, value desc, key
limit 10001
