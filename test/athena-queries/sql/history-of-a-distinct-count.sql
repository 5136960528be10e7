
with
  matching as (
    select coalesce(day, dt) as dt, keys as key, register, value as rank
    from rollups
    where dt between ? and ? and metric = ? and dimensions = ?
  ),
  registers as (
    select cast(null as varchar) as key, register, max(rank) as rank
    from matching
    group by grouping sets ((register))
  )
select dt, key, value
from (
  select
    cast(null as varchar) as dt,
    key,
    array_join(array_agg(cast(register * 64 + rank as varchar)), ' ') as value,
    count(*) as size
  from registers
  group by key
) as parts

