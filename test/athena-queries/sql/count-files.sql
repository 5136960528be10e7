
select count(distinct "$path") as files
from events
where dt in (?, ?)
