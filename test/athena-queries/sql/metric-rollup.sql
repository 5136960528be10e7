
with
  kept as (
    select metric, dimensions, none
    from (
      values
        ('page_views', '', ''),
        ('page_views', 'app', ''),
        ('page_views', 'host', ''),
        ('page_views', 'path', ''),
        ('page_views', 'referrer_host', ''),
        ('page_views', 'channel', ''),
        ('page_views', 'utm_source', ''),
        ('page_views', 'utm_medium', ''),
        ('page_views', 'utm_campaign', ''),
        ('page_views', 'utm_term', ''),
        ('page_views', 'utm_content', ''),
        ('page_views', 'country', ''),
        ('page_views', 'device', ''),
        ('page_views', 'browser', ''),
        ('page_views', 'os', ''),
        ('page_views', 'language', ''),
        ('page_views', 'app+path', '+'),
        ('page_views', 'hour', ''),
        ('page_views', 'app+hour', '+'),
        ('visits', '', ''),
        ('visits', 'app', ''),
        ('visits', 'host', ''),
        ('visits', 'path', ''),
        ('visits', 'referrer_host', ''),
        ('visits', 'channel', ''),
        ('visits', 'utm_source', ''),
        ('visits', 'utm_medium', ''),
        ('visits', 'utm_campaign', ''),
        ('visits', 'utm_term', ''),
        ('visits', 'utm_content', ''),
        ('visits', 'country', ''),
        ('visits', 'device', ''),
        ('visits', 'browser', ''),
        ('visits', 'os', ''),
        ('visits', 'language', ''),
        ('visits', 'app+path', '+'),
        ('visits', 'hour', ''),
        ('visits', 'app+hour', '+'),
        ('continued_visits', '', ''),
        ('continued_visits', 'app', ''),
        ('continued_visits', 'host', ''),
        ('continued_visits', 'referrer_host', ''),
        ('continued_visits', 'channel', ''),
        ('continued_visits', 'utm_source', ''),
        ('continued_visits', 'utm_medium', ''),
        ('continued_visits', 'utm_campaign', ''),
        ('continued_visits', 'utm_term', ''),
        ('continued_visits', 'utm_content', ''),
        ('continued_visits', 'country', ''),
        ('continued_visits', 'device', ''),
        ('continued_visits', 'browser', ''),
        ('continued_visits', 'os', ''),
        ('continued_visits', 'language', ''),
        ('continued_visits', 'entry_path', ''),
        ('continued_visits', 'app+entry_path', '+'),
        ('visit_pages', '', ''),
        ('visit_pages', 'app', ''),
        ('visit_pages', 'host', ''),
        ('visit_pages', 'referrer_host', ''),
        ('visit_pages', 'channel', ''),
        ('visit_pages', 'utm_source', ''),
        ('visit_pages', 'utm_medium', ''),
        ('visit_pages', 'utm_campaign', ''),
        ('visit_pages', 'utm_term', ''),
        ('visit_pages', 'utm_content', ''),
        ('visit_pages', 'country', ''),
        ('visit_pages', 'device', ''),
        ('visit_pages', 'browser', ''),
        ('visit_pages', 'os', ''),
        ('visit_pages', 'language', ''),
        ('visit_pages', 'path', ''),
        ('visit_pages', 'entry_path', ''),
        ('visit_pages', 'app+path', '+'),
        ('visit_pages', 'app+entry_path', '+'),
        ('next_pages', '', ''),
        ('next_pages', 'app', ''),
        ('next_pages', 'previous_path', ''),
        ('next_pages', 'app+previous_path', '+'),
        ('visit_duration', '', ''),
        ('visit_duration', 'app', ''),
        ('visit_duration', 'host', ''),
        ('visit_duration', 'referrer_host', ''),
        ('visit_duration', 'channel', ''),
        ('visit_duration', 'utm_source', ''),
        ('visit_duration', 'utm_medium', ''),
        ('visit_duration', 'utm_campaign', ''),
        ('visit_duration', 'utm_term', ''),
        ('visit_duration', 'utm_content', ''),
        ('visit_duration', 'country', ''),
        ('visit_duration', 'device', ''),
        ('visit_duration', 'browser', ''),
        ('visit_duration', 'os', ''),
        ('visit_duration', 'language', ''),
        ('visit_duration', 'entry_path', ''),
        ('clicks', '', ''),
        ('clicks', 'target', ''),
        ('clicks', 'app', ''),
        ('clicks', 'host', ''),
        ('clicks', 'path', ''),
        ('clicks', 'referrer_host', ''),
        ('clicks', 'channel', ''),
        ('clicks', 'utm_source', ''),
        ('clicks', 'utm_medium', ''),
        ('clicks', 'utm_campaign', ''),
        ('clicks', 'utm_term', ''),
        ('clicks', 'utm_content', ''),
        ('clicks', 'country', ''),
        ('clicks', 'device', ''),
        ('clicks', 'browser', ''),
        ('clicks', 'os', ''),
        ('clicks', 'language', ''),
        ('clicks', 'app+target', '+'),
        ('clicks', 'target+device', '+'),
        ('clicks', 'hour', ''),
        ('clicks', 'app+hour', '+'),
        ('impressions', '', ''),
        ('impressions', 'target', ''),
        ('impressions', 'app', ''),
        ('impressions', 'host', ''),
        ('impressions', 'path', ''),
        ('impressions', 'referrer_host', ''),
        ('impressions', 'channel', ''),
        ('impressions', 'utm_source', ''),
        ('impressions', 'utm_medium', ''),
        ('impressions', 'utm_campaign', ''),
        ('impressions', 'utm_term', ''),
        ('impressions', 'utm_content', ''),
        ('impressions', 'country', ''),
        ('impressions', 'device', ''),
        ('impressions', 'browser', ''),
        ('impressions', 'os', ''),
        ('impressions', 'language', ''),
        ('impressions', 'hour', ''),
        ('impressions', 'app+hour', '+'),
        ('logins', '', ''),
        ('logins', 'app', ''),
        ('logins', 'host', ''),
        ('logins', 'path', ''),
        ('logins', 'referrer_host', ''),
        ('logins', 'channel', ''),
        ('logins', 'utm_source', ''),
        ('logins', 'utm_medium', ''),
        ('logins', 'utm_campaign', ''),
        ('logins', 'utm_term', ''),
        ('logins', 'utm_content', ''),
        ('logins', 'country', ''),
        ('logins', 'device', ''),
        ('logins', 'browser', ''),
        ('logins', 'os', ''),
        ('logins', 'language', ''),
        ('logins', 'hour', ''),
        ('logins', 'app+hour', '+'),
        ('payments', '', ''),
        ('payments', 'target', ''),
        ('payments', 'currency', ''),
        ('payments', 'app', ''),
        ('payments', 'host', ''),
        ('payments', 'path', ''),
        ('payments', 'referrer_host', ''),
        ('payments', 'channel', ''),
        ('payments', 'utm_source', ''),
        ('payments', 'utm_medium', ''),
        ('payments', 'utm_campaign', ''),
        ('payments', 'utm_term', ''),
        ('payments', 'utm_content', ''),
        ('payments', 'country', ''),
        ('payments', 'device', ''),
        ('payments', 'browser', ''),
        ('payments', 'os', ''),
        ('payments', 'language', ''),
        ('payments', 'hour', ''),
        ('payments', 'app+hour', '+'),
        ('revenue', 'currency', ''),
        ('revenue', 'target+currency', '+'),
        ('revenue', 'app+currency', '+'),
        ('revenue', 'host+currency', '+'),
        ('revenue', 'path+currency', '+'),
        ('revenue', 'referrer_host+currency', '+'),
        ('revenue', 'channel+currency', '+'),
        ('revenue', 'utm_source+currency', '+'),
        ('revenue', 'utm_medium+currency', '+'),
        ('revenue', 'utm_campaign+currency', '+'),
        ('revenue', 'utm_term+currency', '+'),
        ('revenue', 'utm_content+currency', '+'),
        ('revenue', 'country+currency', '+'),
        ('revenue', 'device+currency', '+'),
        ('revenue', 'browser+currency', '+'),
        ('revenue', 'os+currency', '+'),
        ('revenue', 'language+currency', '+'),
        ('revenue', 'currency+hour', '+'),
        ('revenue', 'app+currency+hour', '++'),
        ('events', '', ''),
        ('events', 'name', ''),
        ('events', 'target', ''),
        ('events', 'app', ''),
        ('events', 'host', ''),
        ('events', 'path', ''),
        ('events', 'referrer_host', ''),
        ('events', 'channel', ''),
        ('events', 'utm_source', ''),
        ('events', 'utm_medium', ''),
        ('events', 'utm_campaign', ''),
        ('events', 'utm_term', ''),
        ('events', 'utm_content', ''),
        ('events', 'country', ''),
        ('events', 'device', ''),
        ('events', 'browser', ''),
        ('events', 'os', ''),
        ('events', 'language', ''),
        ('events', 'app+name', '+'),
        ('events', 'hour', ''),
        ('events', 'app+hour', '+'),
        ('visitors', '', ''),
        ('visitors', 'name', ''),
        ('visitors', 'app', ''),
        ('visitors', 'host', ''),
        ('visitors', 'path', ''),
        ('visitors', 'referrer_host', ''),
        ('visitors', 'channel', ''),
        ('visitors', 'utm_source', ''),
        ('visitors', 'utm_medium', ''),
        ('visitors', 'utm_campaign', ''),
        ('visitors', 'utm_term', ''),
        ('visitors', 'utm_content', ''),
        ('visitors', 'country', ''),
        ('visitors', 'device', ''),
        ('visitors', 'browser', ''),
        ('visitors', 'os', ''),
        ('visitors', 'language', ''),
        ('visitors', 'hour', ''),
        ('visitors', 'app+hour', '+'),
        ('users', '', ''),
        ('users', 'name', ''),
        ('users', 'app', ''),
        ('users', 'host', ''),
        ('users', 'path', ''),
        ('users', 'referrer_host', ''),
        ('users', 'channel', ''),
        ('users', 'utm_source', ''),
        ('users', 'utm_medium', ''),
        ('users', 'utm_campaign', ''),
        ('users', 'utm_term', ''),
        ('users', 'utm_content', ''),
        ('users', 'country', ''),
        ('users', 'device', ''),
        ('users', 'browser', ''),
        ('users', 'os', ''),
        ('users', 'language', ''),
        ('users', 'hour', ''),
        ('users', 'app+hour', '+'),
        ('requests', '', ''),
        ('requests', 'app', ''),
        ('requests', 'host', ''),
        ('requests', 'path', ''),
        ('requests', 'status', ''),
        ('requests', 'method', ''),
        ('requests', 'referrer_host', ''),
        ('requests', 'country', ''),
        ('requests', 'device', ''),
        ('requests', 'browser', ''),
        ('requests', 'os', ''),
        ('requests', 'app+status', '+'),
        ('requests', 'hour', ''),
        ('requests', 'app+hour', '+'),
        ('errors', '', ''),
        ('errors', 'app', ''),
        ('errors', 'host', ''),
        ('errors', 'path', ''),
        ('errors', 'status', ''),
        ('errors', 'method', ''),
        ('errors', 'referrer_host', ''),
        ('errors', 'country', ''),
        ('errors', 'device', ''),
        ('errors', 'browser', ''),
        ('errors', 'os', ''),
        ('errors', 'hour', ''),
        ('errors', 'app+hour', '+'),
        ('app_logs', '', ''),
        ('app_logs', 'app', ''),
        ('app_logs', 'service', ''),
        ('app_logs', 'level', ''),
        ('app_logs', 'template', ''),
        ('app_logs', 'service+level', '+'),
        ('app_logs', 'hour', ''),
        ('app_logs', 'app+hour', '+')
    ) as kept (metric, dimensions, none)
  ),
  counted as (
    select
      name,
      amount,
      coalesce(is_bot, false) as is_bot,
      status,
      page_number,
      elapsed_ms,
      visitor_register,
      visitor_rank,
      user_register,
      user_rank,
      replace(replace(replace(coalesce(app, ''), '%', '%25'), '#', '%23'), '+', '%2B') as app_key,
      replace(replace(replace(coalesce(name, ''), '%', '%25'), '#', '%23'), '+', '%2B') as name_key,
      replace(replace(replace(coalesce(host, ''), '%', '%25'), '#', '%23'), '+', '%2B') as host_key,
      replace(replace(replace(coalesce(path, ''), '%', '%25'), '#', '%23'), '+', '%2B') as path_key,
      replace(replace(replace(coalesce(entry_path, ''), '%', '%25'), '#', '%23'), '+', '%2B') as entry_path_key,
      replace(replace(replace(coalesce(previous_path, ''), '%', '%25'), '#', '%23'), '+', '%2B') as previous_path_key,
      replace(replace(replace(coalesce(target, ''), '%', '%25'), '#', '%23'), '+', '%2B') as target_key,
      replace(replace(replace(coalesce(referrer_host, ''), '%', '%25'), '#', '%23'), '+', '%2B') as referrer_host_key,
      replace(replace(replace(coalesce(channel, ''), '%', '%25'), '#', '%23'), '+', '%2B') as channel_key,
      replace(replace(replace(coalesce(utm_source, ''), '%', '%25'), '#', '%23'), '+', '%2B') as utm_source_key,
      replace(replace(replace(coalesce(utm_medium, ''), '%', '%25'), '#', '%23'), '+', '%2B') as utm_medium_key,
      replace(replace(replace(coalesce(utm_campaign, ''), '%', '%25'), '#', '%23'), '+', '%2B') as utm_campaign_key,
      replace(replace(replace(coalesce(utm_term, ''), '%', '%25'), '#', '%23'), '+', '%2B') as utm_term_key,
      replace(replace(replace(coalesce(utm_content, ''), '%', '%25'), '#', '%23'), '+', '%2B') as utm_content_key,
      replace(replace(replace(coalesce(country, ''), '%', '%25'), '#', '%23'), '+', '%2B') as country_key,
      replace(replace(replace(coalesce(language, ''), '%', '%25'), '#', '%23'), '+', '%2B') as language_key,
      replace(replace(replace(coalesce(device, ''), '%', '%25'), '#', '%23'), '+', '%2B') as device_key,
      replace(replace(replace(coalesce(browser, ''), '%', '%25'), '#', '%23'), '+', '%2B') as browser_key,
      replace(replace(replace(coalesce(os, ''), '%', '%25'), '#', '%23'), '+', '%2B') as os_key,
      replace(replace(replace(coalesce(currency, ''), '%', '%25'), '#', '%23'), '+', '%2B') as currency_key,
      replace(replace(replace(coalesce(method, ''), '%', '%25'), '#', '%23'), '+', '%2B') as method_key,
      replace(replace(replace(coalesce(cast(status as varchar), ''), '%', '%25'), '#', '%23'), '+', '%2B') as status_key,
      replace(replace(replace(coalesce(service, ''), '%', '%25'), '#', '%23'), '+', '%2B') as service_key,
      replace(replace(replace(coalesce(level, ''), '%', '%25'), '#', '%23'), '+', '%2B') as level_key,
      replace(replace(replace(coalesce(template, ''), '%', '%25'), '#', '%23'), '+', '%2B') as template_key,
      cast(date_diff('hour', timestamp '2026-02-28 00:00:00.000', date_trunc('minute', occurred_at)) as varchar) as hour_key
    from daily_events
    where dt = ?
  ),
  measured as (
    select metric, counted.*
    from counted
    cross join (values ('page_views'), ('visits'), ('continued_visits'), ('visit_pages'), ('next_pages'), ('visit_duration'), ('clicks'), ('impressions'), ('logins'), ('payments'), ('revenue'), ('events'), ('visitors'), ('users'), ('requests'), ('errors'), ('app_logs')) as metrics (metric)
    where case metric
      when 'page_views' then name in ('page_view') and not is_bot
      when 'visits' then name in ('page_view') and not is_bot and page_number = 1
      when 'continued_visits' then name in ('page_view', 'visit.part') and not is_bot and page_number = 2
      when 'visit_pages' then name in ('page_view', 'visit.part') and not is_bot and page_number >= 1
      when 'next_pages' then name in ('page_view', 'visit.part') and not is_bot and page_number >= 2
      when 'visit_duration' then name not in ('access_log', 'app_log') and not is_bot and elapsed_ms >= 1
      when 'clicks' then name in ('click') and not is_bot
      when 'impressions' then name in ('impression') and not is_bot
      when 'logins' then name in ('login') and not is_bot
      when 'payments' then name in ('payment') and not is_bot
      when 'revenue' then name in ('payment') and not is_bot
      when 'events' then name not in ('access_log', 'app_log', 'visit.part') and not is_bot
      when 'visitors' then name not in ('access_log', 'app_log', 'visit.part') and not is_bot and visitor_register is not null and visitor_rank is not null
      when 'users' then name not in ('access_log', 'app_log', 'visit.part') and not is_bot and user_register is not null and user_rank is not null
      when 'requests' then name in ('access_log')
      when 'errors' then name in ('access_log') and status >= 500
      when 'app_logs' then name in ('app_log')
    end
  ),
  keyed as (
    select
      metric,
      dimensions,
      case dimensions
        when '' then ''
        when 'app' then app_key
        when 'host' then host_key
        when 'path' then path_key
        when 'referrer_host' then referrer_host_key
        when 'channel' then channel_key
        when 'utm_source' then utm_source_key
        when 'utm_medium' then utm_medium_key
        when 'utm_campaign' then utm_campaign_key
        when 'utm_term' then utm_term_key
        when 'utm_content' then utm_content_key
        when 'country' then country_key
        when 'device' then device_key
        when 'browser' then browser_key
        when 'os' then os_key
        when 'language' then language_key
        when 'app+path' then app_key || '+' || path_key
        when 'hour' then hour_key
        when 'app+hour' then app_key || '+' || hour_key
        when 'entry_path' then entry_path_key
        when 'app+entry_path' then app_key || '+' || entry_path_key
        when 'previous_path' then previous_path_key
        when 'app+previous_path' then app_key || '+' || previous_path_key
        when 'target' then target_key
        when 'app+target' then app_key || '+' || target_key
        when 'target+device' then target_key || '+' || device_key
        when 'currency' then currency_key
        when 'target+currency' then target_key || '+' || currency_key
        when 'app+currency' then app_key || '+' || currency_key
        when 'host+currency' then host_key || '+' || currency_key
        when 'path+currency' then path_key || '+' || currency_key
        when 'referrer_host+currency' then referrer_host_key || '+' || currency_key
        when 'channel+currency' then channel_key || '+' || currency_key
        when 'utm_source+currency' then utm_source_key || '+' || currency_key
        when 'utm_medium+currency' then utm_medium_key || '+' || currency_key
        when 'utm_campaign+currency' then utm_campaign_key || '+' || currency_key
        when 'utm_term+currency' then utm_term_key || '+' || currency_key
        when 'utm_content+currency' then utm_content_key || '+' || currency_key
        when 'country+currency' then country_key || '+' || currency_key
        when 'device+currency' then device_key || '+' || currency_key
        when 'browser+currency' then browser_key || '+' || currency_key
        when 'os+currency' then os_key || '+' || currency_key
        when 'language+currency' then language_key || '+' || currency_key
        when 'currency+hour' then currency_key || '+' || hour_key
        when 'app+currency+hour' then app_key || '+' || currency_key || '+' || hour_key
        when 'name' then name_key
        when 'app+name' then app_key || '+' || name_key
        when 'status' then status_key
        when 'method' then method_key
        when 'app+status' then app_key || '+' || status_key
        when 'service' then service_key
        when 'level' then level_key
        when 'template' then template_key
        when 'service+level' then service_key || '+' || level_key
      end as keys,
      1 as events,
      case metric when 'visit_duration' then cast(coalesce(elapsed_ms, 0) as decimal(38, 0)) when 'revenue' then cast(coalesce(amount, 0) as decimal(38, 0)) end as amount,
      case metric when 'visitors' then (cast(visitor_register / 9 as bigint) * 18014398509481984 + visitor_rank * cast(power(64e0, mod(visitor_register, 9)) as bigint)) when 'users' then (cast(user_register / 9 as bigint) * 18014398509481984 + user_rank * cast(power(64e0, mod(user_register, 9)) as bigint)) end as word
    from measured
    join kept using (metric)
    union all
    select metric, dimensions, none, 0, case metric when 'visit_duration' then cast(0 as decimal(38, 0)) when 'revenue' then cast(0 as decimal(38, 0)) end, cast(null as bigint)
    from kept
  ),
  blocks as (
    select
      metric,
      dimensions,
      keys,
      bitwise_and(word, 9205357638345293824) as block,
      sum(events) as events,
      sum(amount) as amount,
      max(bitwise_and(word, 63)) as r0,
    max(bitwise_and(word, 4032)) as r1,
    max(bitwise_and(word, 258048)) as r2,
    max(bitwise_and(word, 16515072)) as r3,
    max(bitwise_and(word, 1056964608)) as r4,
    max(bitwise_and(word, 67645734912)) as r5,
    max(bitwise_and(word, 4329327034368)) as r6,
    max(bitwise_and(word, 277076930199552)) as r7,
    max(bitwise_and(word, 17732923532771328)) as r8
    from keyed
    group by metric, dimensions, keys, bitwise_and(word, 9205357638345293824)
  ),
  added as (
    select
      metric,
      dimensions,
      keys,
      sum(events) as events,
      sum(amount) as amount,
      array_sort(array_agg(block + r0 + r1 + r2 + r3 + r4 + r5 + r6 + r7 + r8) filter (where block is not null)) as sketch,
    sum(case when r0 > 0 then 1 else 0 end + case when r1 > 0 then 1 else 0 end + case when r2 > 0 then 1 else 0 end + case when r3 > 0 then 1 else 0 end + case when r4 > 0 then 1 else 0 end + case when r5 > 0 then 1 else 0 end + case when r6 > 0 then 1 else 0 end + case when r7 > 0 then 1 else 0 end + case when r8 > 0 then 1 else 0 end) as used,
    sum(case when r0 > 0 then power(2e0, -(r0 / 1)) else 0e0 end + case when r1 > 0 then power(2e0, -(r1 / 64)) else 0e0 end + case when r2 > 0 then power(2e0, -(r2 / 4096)) else 0e0 end + case when r3 > 0 then power(2e0, -(r3 / 262144)) else 0e0 end + case when r4 > 0 then power(2e0, -(r4 / 16777216)) else 0e0 end + case when r5 > 0 then power(2e0, -(r5 / 1073741824)) else 0e0 end + case when r6 > 0 then power(2e0, -(r6 / 68719476736)) else 0e0 end + case when r7 > 0 then power(2e0, -(r7 / 4398046511104)) else 0e0 end + case when r8 > 0 then power(2e0, -(r8 / 281474976710656)) else 0e0 end) as weight
    from blocks
    group by metric, dimensions, keys
  )
select
  metric,
  dimensions,
  keys,
  events,
  case when sketch is not null then cast(round(case
      when used < 512 then 4096e0 * ln(4096e0 / (4096 - used))
      else 4096e0 * 4096e0 / (2e0 * ln(2e0) * (weight + 4096e0 * (((4096 - used) / 4096e0) + 1e0 * power(((4096 - used) / 4096e0), 2) + 2e0 * power(((4096 - used) / 4096e0), 4) + 4e0 * power(((4096 - used) / 4096e0), 8) + 8e0 * power(((4096 - used) / 4096e0), 16) + 16e0 * power(((4096 - used) / 4096e0), 32) + 32e0 * power(((4096 - used) / 4096e0), 64) + 64e0 * power(((4096 - used) / 4096e0), 128) + 128e0 * power(((4096 - used) / 4096e0), 256) + 256e0 * power(((4096 - used) / 4096e0), 512))))
    end) as bigint) when amount is null then events end as value,
  amount,
  sketch
from added
