
with
  registers as (
    select cast(null as varchar) as key, register, max(rank) as rank
    from (
      select keys as key, register, value as rank
      from rollups
      where dt between ? and ? and metric = ? and dimensions = ?
    ) as matching
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

