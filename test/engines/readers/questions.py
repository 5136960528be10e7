"""The five questions that every engine answers from a folder of the lake, in SQL that DuckDB, Spark and polars understand.

An event that was sent twice under different batch ids is in `events` twice, so each day takes an id once. Days from `today` on are
not sealed yet: what is asked over HTTP about them is counted otherwise.
"""

EACH = """(
  select event_id, cast(dt as string) as dt, max(name) as name, max(target) as target, max(amount) as amount, max(currency) as currency,
    max(status) as status, max(visitor_register) as visitor_register, max(visitor_rank) as visitor_rank
  from events
  where cast(dt as string) < '{today}' and (not coalesce(is_bot, false) or name = 'access_log')
  group by event_id, dt
) as each_event"""

QUESTIONS = {
    "clicks by target": f"select target as k, count(*) as v from {EACH} where name = 'click' group by target",
    "revenue by currency": f"select currency as k, sum(amount) as v from {EACH} where name = 'payment' group by currency",
    "requests by status": f"select status as k, count(*) as v from {EACH} where name = 'access_log' group by status",
    # The highest rank of each register: what the sketch of all visitors is made of.
    "visitors": f"""select visitor_register as k, max(visitor_rank) as v from {EACH}
        where name not in ('access_log', 'app_log') and visitor_register is not null group by visitor_register""",
    "page views by day": f"select dt as k, count(*) as v from {EACH} where name = 'page_view' group by dt",
}
