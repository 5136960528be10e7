
select
  dt,
  cast(null as varchar) as key,
  sum(addend) filter (where matches) as value,
  cast(null as varchar) as sketch,
  case when dt is null then coalesce(array_join(array_agg(held), ' '), '') end as found
from (
  select substr(dt, 1, 7) as dt, keys as key, value as addend,
    coalesce(events, 1) > 0 as matches,
    case when keys = '' and events is not null then dt end as held
  from rollups
  where (dt between ? and ? or dt between ? and ?) and metric = ? and dimensions = ?
  union all
  select substr(month, 1, 7) as dt, keys as key, value as addend,
    coalesce(events, 1) > 0 as matches,
    case when keys = '' and events is not null then month || ':' || cast(days as varchar) end as held
  from rollups_monthly
  where month in (?) and metric = ? and dimensions = ?
) as matching
group by grouping sets ((), (dt))
having (dt is null) or count_if(matches) > 0

