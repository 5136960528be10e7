
with
  registers as (
    select key, register, max(rank) as rank
    from (
      select keys as key, register, value as rank
      from rollups
      where dt between ? and ? and metric = ? and dimensions = ?
    ) as matching
    group by grouping sets ((register), (key, register))
  ),
  ranks as (
    select dt, rank, count(*) as registers
    from (
      select coalesce(day, dt) as dt, register, max(value) as rank
      from rollups
      where dt between ? and ? and metric = ? and dimensions = ?
      group by coalesce(day, dt), register
    ) as days
    group by dt, rank
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
  union all
  select
    dt,
    cast(null as varchar),
    array_join(array_agg(cast(rank as varchar) || ':' || cast(registers as varchar)), ' '),
    0
  from ranks
  group by dt
) as parts
order by case when key is null then 0 else 1 end, size desc, key
limit 1004
