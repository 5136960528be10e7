"""What every engine answers from the folders of the lake, in SQL that DuckDB, Spark and polars understand.

A day that was sealed more than once has a folder for each run beside the others, of which the catalog names the last: past the
catalog, the last `run` of each day or month is taken.
"""


def latest(table, key):
    return f"""(
      select whole.* from {table} as whole
      join (select {key} as part, max(run) as last from {table} group by {key}) as runs
        on whole.{key} = runs.part and whole.run = runs.last
    ) as latest_runs"""


EVENTS = latest("daily_events", "dt")
ROLLUPS = latest("rollups", "dt")
PEOPLE = "not coalesce(is_bot, false)"

# How many rows each table has, which the catalog's own count has to be.
COUNTS = {
    "events": "select count(*) from events",
    "rejected": "select count(*) from rejected",
    "daily_events": f"select count(*) from {EVENTS}",
    "rollups": f"select count(*) from {ROLLUPS}",
    "rollups_monthly": f"select count(*) from {latest('rollups_monthly', 'month')}",
    "rollups_by_month": f"select count(*) from {latest('rollups_by_month', 'month')}",
}

QUESTIONS = {
    "clicks by target": f"select target as k, count(*) as v from {EVENTS} where name = 'click' and {PEOPLE} group by target",
    "revenue by currency": f"""select keys as k, sum(amount) as v from {ROLLUPS}
        where metric = 'revenue' and dimensions = 'currency' group by keys""",
    "requests by status": f"select status as k, count(*) as v from {EVENTS} where name = 'access_log' group by status",
    # The highest rank of each register: what the sketch of all visitors is made of.
    "visitors": f"""select visitor_register as k, max(visitor_rank) as v from {EVENTS}
        where name not in ('access_log', 'app_log') and {PEOPLE} and visitor_register is not null group by visitor_register""",
    "page views by day": f"""select cast(dt as string) as k, count(*) as v from {EVENTS}
        where name = 'page_view' and {PEOPLE} group by dt""",
}
