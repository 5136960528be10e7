
select dt, "$path" as path, count(*) as rows
from events
where dt in (?, ?) and coalesce(visitor_id, '') = ?
group by dt, "$path"
