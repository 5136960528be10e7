
select
  dt,
  cast(null as varchar) as key,
  sum(addend) filter (where matches) as value,
  cast(null as varchar) as sketch,
  case when dt is null then coalesce(array_join(array_agg(held), ' '), '') end as found
from (
  select dt || ' ' || split_part(keys, '+', 2) as dt, '' as key, value as addend,
    coalesce(events, 1) > 0 and keys <> '+' as matches,
    case when keys = '+' and events is not null then dt end as held
  from rollups
  where (dt between ? and ?) and metric = ? and dimensions = ? and (split_part(keys, '+', 1) = ? or keys = '+')
) as matching
group by grouping sets ((), (dt))
having (dt is null) or count_if(matches) > 0

