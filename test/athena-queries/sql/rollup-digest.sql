
select
  dt,
  metric,
  dimensions,
  cast(sum(value) as varchar) as total,
  cast(sum(value * weight) as varchar) as weighted
from (
  select
    dt,
    metric,
    dimensions,
    coalesce(amount, cast(value as decimal(38, 0))) as value,
    cast(1 + (strpos('0123456789ABCDEF', substr(hashed, 1, 1)) - 1) * 256 + (strpos('0123456789ABCDEF', substr(hashed, 2, 1)) - 1) * 16 + (strpos('0123456789ABCDEF', substr(hashed, 3, 1)) - 1) * 1 as decimal(9, 0)) as weight
  from (
    select dt, metric, dimensions, amount, value, to_hex(md5(to_utf8(keys))) as hashed
    from rollups
    where dt in (?, ?) and events > 0
  ) as hashed
) as weighed
group by dt, metric, dimensions
