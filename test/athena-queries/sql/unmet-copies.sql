
with
  copies as (
    select distinct dt, app, event_id
    from events
    where dt in (?) and is_copy
  ),
  counting as (
    select distinct app, event_id
    from events
    where dt in (?, ?, ?) and not coalesce(is_copy, false)
  )
select copies.dt, count(*) as rows
from copies
left join counting on counting.app = copies.app and counting.event_id = copies.event_id
where counting.event_id is null
group by copies.dt
