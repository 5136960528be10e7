
with
  copies as (
    select distinct dt, app, event_id
    from events
    where dt in (?) and is_copy
  ),
  counting as (
    select copies.app, copies.event_id
    from events as stored
    join copies on copies.app = stored.app and copies.event_id = stored.event_id
    where stored.dt in (?, ?, ?) and not coalesce(stored.is_copy, false)
  )
select copies.dt, count(*) as rows
from copies
left join counting on counting.app = copies.app and counting.event_id = copies.event_id
where counting.event_id is null
group by copies.dt
