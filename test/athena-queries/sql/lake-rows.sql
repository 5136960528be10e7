
select dt, count(*) as rows
from events
where dt in (?, ?)
group by dt
