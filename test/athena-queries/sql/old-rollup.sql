
with
  blocks as (
    select
      metric,
      dimensions,
      keys,
      bitwise_and((cast(register / 9 as bigint) * 18014398509481984 + value * cast(power(64e0, mod(register, 9)) as bigint)), 9205357638345293824) as block,
      sum(case when register is null then value end) as value,
      sum(amount) as amount,
      max(bitwise_and((cast(register / 9 as bigint) * 18014398509481984 + value * cast(power(64e0, mod(register, 9)) as bigint)), 63)) as r0,
    max(bitwise_and((cast(register / 9 as bigint) * 18014398509481984 + value * cast(power(64e0, mod(register, 9)) as bigint)), 4032)) as r1,
    max(bitwise_and((cast(register / 9 as bigint) * 18014398509481984 + value * cast(power(64e0, mod(register, 9)) as bigint)), 258048)) as r2,
    max(bitwise_and((cast(register / 9 as bigint) * 18014398509481984 + value * cast(power(64e0, mod(register, 9)) as bigint)), 16515072)) as r3,
    max(bitwise_and((cast(register / 9 as bigint) * 18014398509481984 + value * cast(power(64e0, mod(register, 9)) as bigint)), 1056964608)) as r4,
    max(bitwise_and((cast(register / 9 as bigint) * 18014398509481984 + value * cast(power(64e0, mod(register, 9)) as bigint)), 67645734912)) as r5,
    max(bitwise_and((cast(register / 9 as bigint) * 18014398509481984 + value * cast(power(64e0, mod(register, 9)) as bigint)), 4329327034368)) as r6,
    max(bitwise_and((cast(register / 9 as bigint) * 18014398509481984 + value * cast(power(64e0, mod(register, 9)) as bigint)), 277076930199552)) as r7,
    max(bitwise_and((cast(register / 9 as bigint) * 18014398509481984 + value * cast(power(64e0, mod(register, 9)) as bigint)), 17732923532771328)) as r8
    from rollups
    where dt = ?
    group by metric, dimensions, keys, bitwise_and((cast(register / 9 as bigint) * 18014398509481984 + value * cast(power(64e0, mod(register, 9)) as bigint)), 9205357638345293824)
  ),
  added as (
    select
      metric,
      dimensions,
      keys,
      sum(value) as value,
      sum(amount) as amount,
      array_sort(array_agg(block + r0 + r1 + r2 + r3 + r4 + r5 + r6 + r7 + r8) filter (where block is not null)) as sketch,
    sum(case when r0 > 0 then 1 else 0 end + case when r1 > 0 then 1 else 0 end + case when r2 > 0 then 1 else 0 end + case when r3 > 0 then 1 else 0 end + case when r4 > 0 then 1 else 0 end + case when r5 > 0 then 1 else 0 end + case when r6 > 0 then 1 else 0 end + case when r7 > 0 then 1 else 0 end + case when r8 > 0 then 1 else 0 end) as used,
    sum(case when r0 > 0 then power(2e0, -(r0 / 1)) else 0e0 end + case when r1 > 0 then power(2e0, -(r1 / 64)) else 0e0 end + case when r2 > 0 then power(2e0, -(r2 / 4096)) else 0e0 end + case when r3 > 0 then power(2e0, -(r3 / 262144)) else 0e0 end + case when r4 > 0 then power(2e0, -(r4 / 16777216)) else 0e0 end + case when r5 > 0 then power(2e0, -(r5 / 1073741824)) else 0e0 end + case when r6 > 0 then power(2e0, -(r6 / 68719476736)) else 0e0 end + case when r7 > 0 then power(2e0, -(r7 / 4398046511104)) else 0e0 end + case when r8 > 0 then power(2e0, -(r8 / 281474976710656)) else 0e0 end) as weight
    from blocks
    group by metric, dimensions, keys
  ),
  whole as (
    select
      metric,
      dimensions,
      keys,
      case when sketch is null and amount is null then value else 1 end as events,
      case when sketch is null then value else cast(round(case
      when used < 512 then 4096e0 * ln(4096e0 / (4096 - used))
      else 4096e0 * 4096e0 / (2e0 * ln(2e0) * (weight + 4096e0 * (((4096 - used) / 4096e0) + 1e0 * power(((4096 - used) / 4096e0), 2) + 2e0 * power(((4096 - used) / 4096e0), 4) + 4e0 * power(((4096 - used) / 4096e0), 8) + 8e0 * power(((4096 - used) / 4096e0), 16) + 16e0 * power(((4096 - used) / 4096e0), 32) + 32e0 * power(((4096 - used) / 4096e0), 64) + 64e0 * power(((4096 - used) / 4096e0), 128) + 128e0 * power(((4096 - used) / 4096e0), 256) + 256e0 * power(((4096 - used) / 4096e0), 512))))
    end) as bigint) end as value,
      amount,
      sketch
    from added
  ),
  breakdowns as (
    select
      metric,
      dimensions,
      regexp_replace(dimensions, '[^+]+', '') as none,
      max(amount) as amount
    from whole
    group by metric, dimensions
  )
select * from whole
union all
select
  metric,
  dimensions,
  none,
  0,
  case when amount is null then 0 end,
  case when amount is not null then cast(0 as decimal(38, 0)) end,
  null
from breakdowns
where not exists (
  select 1
  from whole
  where whole.metric = breakdowns.metric and whole.dimensions = breakdowns.dimensions and keys = none
)
