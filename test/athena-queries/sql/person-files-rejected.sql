
select dt, "$path" as path, count(*) as rows
from rejected
where dt in (?, ?) and (strpos(coalesce(raw, ''), ?) > 0 or strpos(coalesce(errors, ''), ?) > 0 or strpos(coalesce(raw, ''), ?) > 0 or strpos(coalesce(errors, ''), ?) > 0)
group by dt, "$path"
