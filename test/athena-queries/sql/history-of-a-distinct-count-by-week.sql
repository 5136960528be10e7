
with
  matching as (
    select dt as dt, keys as key, coalesce(sketch, array[(cast(register / 9 as bigint) * 18014398509481984 + value * cast(power(64e0, mod(register, 9)) as bigint))]) as sketch,
    coalesce(events, 1) > 0 as matches,
    case when keys = '' and events is not null then dt end as held
  from rollups
  where (dt between ? and ? or dt between ? and ?) and metric = ? and dimensions = ?
  union all
  select month as dt, keys as key, sketch,
    coalesce(events, 1) > 0 as matches,
    case when keys = '' and events is not null then month || ':' || cast(days as varchar) end as held
  from rollups_monthly
  where month in (?) and metric = ? and dimensions = ?
  ),
  blocks as (
    select
    cast(null as varchar) as key,
    block,
    max(bitwise_and(word, 63)) as r0,
    max(bitwise_and(word, 4032)) as r1,
    max(bitwise_and(word, 258048)) as r2,
    max(bitwise_and(word, 16515072)) as r3,
    max(bitwise_and(word, 1056964608)) as r4,
    max(bitwise_and(word, 67645734912)) as r5,
    max(bitwise_and(word, 4329327034368)) as r6,
    max(bitwise_and(word, 277076930199552)) as r7,
    max(bitwise_and(word, 17732923532771328)) as r8
    from (
      select key, word, bitwise_and(word, 9205357638345293824) as block
      from matching
      cross join unnest(sketch) as words (word)
      where matches
    ) as all_words
    group by grouping sets ((block))
  ),
  added as (
    select
    key,
    array_sort(array_agg(block + r0 + r1 + r2 + r3 + r4 + r5 + r6 + r7 + r8) filter (where block is not null)) as sketch,
    sum(case when r0 > 0 then 1 else 0 end + case when r1 > 0 then 1 else 0 end + case when r2 > 0 then 1 else 0 end + case when r3 > 0 then 1 else 0 end + case when r4 > 0 then 1 else 0 end + case when r5 > 0 then 1 else 0 end + case when r6 > 0 then 1 else 0 end + case when r7 > 0 then 1 else 0 end + case when r8 > 0 then 1 else 0 end) as used,
    sum(case when r0 > 0 then power(2e0, -(r0 / 1)) else 0e0 end + case when r1 > 0 then power(2e0, -(r1 / 64)) else 0e0 end + case when r2 > 0 then power(2e0, -(r2 / 4096)) else 0e0 end + case when r3 > 0 then power(2e0, -(r3 / 262144)) else 0e0 end + case when r4 > 0 then power(2e0, -(r4 / 16777216)) else 0e0 end + case when r5 > 0 then power(2e0, -(r5 / 1073741824)) else 0e0 end + case when r6 > 0 then power(2e0, -(r6 / 68719476736)) else 0e0 end + case when r7 > 0 then power(2e0, -(r7 / 4398046511104)) else 0e0 end + case when r8 > 0 then power(2e0, -(r8 / 281474976710656)) else 0e0 end) as weight
    from blocks
    group by key
  ),
  ranked as (
    select key, value, sketch, row_number() over (order by case when key is null then 0 else 1 end, value desc, key) as place
    from (select key, sketch, cast(round(case
      when used < 512 then 4096e0 * ln(4096e0 / (4096 - used))
      else 4096e0 * 4096e0 / (2e0 * ln(2e0) * (weight + 4096e0 * (((4096 - used) / 4096e0) + 1e0 * power(((4096 - used) / 4096e0), 2) + 2e0 * power(((4096 - used) / 4096e0), 4) + 4e0 * power(((4096 - used) / 4096e0), 8) + 8e0 * power(((4096 - used) / 4096e0), 16) + 16e0 * power(((4096 - used) / 4096e0), 32) + 32e0 * power(((4096 - used) / 4096e0), 64) + 64e0 * power(((4096 - used) / 4096e0), 128) + 128e0 * power(((4096 - used) / 4096e0), 256) + 256e0 * power(((4096 - used) / 4096e0), 512))))
    end) as bigint) as value from added) as estimated
  ),
  days as (
    select cast(date_trunc('week', cast(dt as date)) as varchar) as dt, keys as key, value, register, coalesce(sketch, array[(cast(register / 9 as bigint) * 18014398509481984 + value * cast(power(64e0, mod(register, 9)) as bigint))]) as sketch,
    coalesce(events, 1) > 0 as matches,
    case when keys = '' and events is not null then dt end as held
  from rollups
  where (dt between ? and ? or dt between ? and ?) and metric = ? and dimensions = ?
  union all
  select cast(date_trunc('week', cast(day as date)) as varchar) as dt, keys as key, value, cast(null as int) as register, sketch,
    coalesce(events, 1) > 0 as matches,
    case when keys = '' and events is not null then day end as held
  from rollups_by_month
  where month in (?) and metric = ? and dimensions = ?
  ),
  blocks_of_days as (
    select
    dt,
    block,
    max(bitwise_and(word, 63)) as r0,
    max(bitwise_and(word, 4032)) as r1,
    max(bitwise_and(word, 258048)) as r2,
    max(bitwise_and(word, 16515072)) as r3,
    max(bitwise_and(word, 1056964608)) as r4,
    max(bitwise_and(word, 67645734912)) as r5,
    max(bitwise_and(word, 4329327034368)) as r6,
    max(bitwise_and(word, 277076930199552)) as r7,
    max(bitwise_and(word, 17732923532771328)) as r8
    from (
      select dt, word, bitwise_and(word, 9205357638345293824) as block
      from days
      cross join unnest(sketch) as words (word)
      where matches
    ) as words_of_days
    group by dt, block
  ),
  added_days as (
    select
    dt,
    array_sort(array_agg(block + r0 + r1 + r2 + r3 + r4 + r5 + r6 + r7 + r8) filter (where block is not null)) as sketch,
    sum(case when r0 > 0 then 1 else 0 end + case when r1 > 0 then 1 else 0 end + case when r2 > 0 then 1 else 0 end + case when r3 > 0 then 1 else 0 end + case when r4 > 0 then 1 else 0 end + case when r5 > 0 then 1 else 0 end + case when r6 > 0 then 1 else 0 end + case when r7 > 0 then 1 else 0 end + case when r8 > 0 then 1 else 0 end) as used,
    sum(case when r0 > 0 then power(2e0, -(r0 / 1)) else 0e0 end + case when r1 > 0 then power(2e0, -(r1 / 64)) else 0e0 end + case when r2 > 0 then power(2e0, -(r2 / 4096)) else 0e0 end + case when r3 > 0 then power(2e0, -(r3 / 262144)) else 0e0 end + case when r4 > 0 then power(2e0, -(r4 / 16777216)) else 0e0 end + case when r5 > 0 then power(2e0, -(r5 / 1073741824)) else 0e0 end + case when r6 > 0 then power(2e0, -(r6 / 68719476736)) else 0e0 end + case when r7 > 0 then power(2e0, -(r7 / 4398046511104)) else 0e0 end + case when r8 > 0 then power(2e0, -(r8 / 281474976710656)) else 0e0 end) as weight
    from blocks_of_days
    group by dt
  ),
  points as (
    select dt, cast(cast(round(case
      when used < 512 then 4096e0 * ln(4096e0 / (4096 - used))
      else 4096e0 * 4096e0 / (2e0 * ln(2e0) * (weight + 4096e0 * (((4096 - used) / 4096e0) + 1e0 * power(((4096 - used) / 4096e0), 2) + 2e0 * power(((4096 - used) / 4096e0), 4) + 4e0 * power(((4096 - used) / 4096e0), 8) + 8e0 * power(((4096 - used) / 4096e0), 16) + 16e0 * power(((4096 - used) / 4096e0), 32) + 32e0 * power(((4096 - used) / 4096e0), 64) + 64e0 * power(((4096 - used) / 4096e0), 128) + 128e0 * power(((4096 - used) / 4096e0), 256) + 256e0 * power(((4096 - used) / 4096e0), 512))))
    end) as bigint) as bigint) as value, case when dt in (?) then array_join(sketch, ' ') end as sketch
    from added_days
  )
select cast(null as varchar) as dt, key, value, case when place <= 65 then array_join(sketch, ' ') end as sketch, cast(null as varchar) as found
from ranked
where place <= 1001
union all
select cast(null as varchar), cast(null as varchar), cast(null as bigint), cast(null as varchar), coalesce(array_join(array_agg(held), ' '), '')
from matching
union all
select dt, cast(null as varchar), value, sketch, cast(null as varchar)
from points
union all
select cast(null as varchar), cast(null as varchar), cast(null as bigint), cast(null as varchar), coalesce(array_join(array_agg(held), ' '), '')
from days
