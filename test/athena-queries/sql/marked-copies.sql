
select dt, count(*) as rows
from events
where dt in (?) and is_copy
group by dt
