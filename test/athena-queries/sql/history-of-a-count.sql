
select
  cast(null as varchar) as dt,
  cast(null as varchar) as key,
  sum(addend) filter (where matches) as value,
  cast(null as varchar) as sketch,
  coalesce(array_join(array_agg(held), ' '), '') as found
from (
  select dt as dt, keys as key, value as addend,
    coalesce(events, 1) > 0 as matches,
    case when keys = '' and events is not null then dt end as held
  from rollups
  where (dt between ? and ?) and metric = ? and dimensions = ?
) as matching
group by grouping sets (())


