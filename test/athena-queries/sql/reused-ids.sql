
select dt, count(*) as rows
from (
  select dt, event_id
  from events
  where dt in (?)
  group by dt, event_id
  having min(app) <> max(app) or min(name) <> max(name)
) as reused
group by dt
