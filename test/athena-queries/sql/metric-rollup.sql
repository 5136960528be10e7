
with
  copies as (
    select event_id, is_copy, received_at, dt, name, app, host, path, referrer_host, channel, target, amount, currency, utm_source, utm_campaign, device, browser, os, is_bot, country, method, status, level, service, template, visitor_register, visitor_rank, user_register, user_rank
    from events
    where dt = ?
    union all
    select event_id, is_copy, received_at, dt, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
    from events
    where dt in (?, ?)
  ),
  preferred as (
    select *, row_number() over (
      partition by event_id
      order by coalesce(is_copy, false), received_at, dt, name, app, host, path, referrer_host, channel, target, amount, currency, utm_source, utm_campaign, device, browser, os, is_bot, country, method, status, level, service, template, visitor_register, visitor_rank, user_register, user_rank
    ) as place
    from copies
  ),
  counted as (
    select
      name,
      coalesce(is_bot, false) as is_bot,
      amount,
      visitor_register,
      visitor_rank,
      user_register,
      user_rank,
      status,
      replace(replace(replace(coalesce(app, ''), '%', '%25'), '#', '%23'), '+', '%2B') as app_key,
      replace(replace(replace(coalesce(name, ''), '%', '%25'), '#', '%23'), '+', '%2B') as name_key,
      replace(replace(replace(coalesce(host, ''), '%', '%25'), '#', '%23'), '+', '%2B') as host_key,
      replace(replace(replace(coalesce(path, ''), '%', '%25'), '#', '%23'), '+', '%2B') as path_key,
      replace(replace(replace(coalesce(target, ''), '%', '%25'), '#', '%23'), '+', '%2B') as target_key,
      replace(replace(replace(coalesce(referrer_host, ''), '%', '%25'), '#', '%23'), '+', '%2B') as referrer_host_key,
      replace(replace(replace(coalesce(channel, ''), '%', '%25'), '#', '%23'), '+', '%2B') as channel_key,
      replace(replace(replace(coalesce(utm_source, ''), '%', '%25'), '#', '%23'), '+', '%2B') as utm_source_key,
      replace(replace(replace(coalesce(utm_campaign, ''), '%', '%25'), '#', '%23'), '+', '%2B') as utm_campaign_key,
      replace(replace(replace(coalesce(country, ''), '%', '%25'), '#', '%23'), '+', '%2B') as country_key,
      replace(replace(replace(coalesce(device, ''), '%', '%25'), '#', '%23'), '+', '%2B') as device_key,
      replace(replace(replace(coalesce(browser, ''), '%', '%25'), '#', '%23'), '+', '%2B') as browser_key,
      replace(replace(replace(coalesce(os, ''), '%', '%25'), '#', '%23'), '+', '%2B') as os_key,
      replace(replace(replace(coalesce(currency, ''), '%', '%25'), '#', '%23'), '+', '%2B') as currency_key,
      replace(replace(replace(coalesce(method, ''), '%', '%25'), '#', '%23'), '+', '%2B') as method_key,
      replace(replace(replace(coalesce(cast(status as varchar), ''), '%', '%25'), '#', '%23'), '+', '%2B') as status_key,
      replace(replace(replace(coalesce(service, ''), '%', '%25'), '#', '%23'), '+', '%2B') as service_key,
      replace(replace(replace(coalesce(level, ''), '%', '%25'), '#', '%23'), '+', '%2B') as level_key,
      replace(replace(replace(coalesce(template, ''), '%', '%25'), '#', '%23'), '+', '%2B') as template_key
    from preferred
    where place = 1 and dt = ?
  ),
  measured as (
    select metric, counted.*
    from counted
    cross join (values ('page_views'), ('clicks'), ('impressions'), ('logins'), ('payments'), ('revenue'), ('events'), ('visitors'), ('users'), ('requests'), ('errors'), ('app_logs')) as metrics (metric)
    where case metric
      when 'page_views' then name in ('page_view') and not is_bot
      when 'clicks' then name in ('click') and not is_bot
      when 'impressions' then name in ('impression') and not is_bot
      when 'logins' then name in ('login') and not is_bot
      when 'payments' then name in ('payment') and not is_bot
      when 'revenue' then name in ('payment') and not is_bot
      when 'events' then name not in ('access_log', 'app_log') and not is_bot
      when 'visitors' then name not in ('access_log', 'app_log') and not is_bot and visitor_register is not null and visitor_rank is not null
      when 'users' then name not in ('access_log', 'app_log') and not is_bot and user_register is not null and user_rank is not null
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
        when 'utm_campaign' then utm_campaign_key
        when 'country' then country_key
        when 'device' then device_key
        when 'browser' then browser_key
        when 'os' then os_key
        when 'app+path' then app_key || '+' || path_key
        when 'target' then target_key
        when 'app+target' then app_key || '+' || target_key
        when 'target+device' then target_key || '+' || device_key
        when 'currency' then currency_key
        when 'app+currency' then app_key || '+' || currency_key
        when 'target+currency' then target_key || '+' || currency_key
        when 'utm_campaign+currency' then utm_campaign_key || '+' || currency_key
        when 'channel+currency' then channel_key || '+' || currency_key
        when 'country+currency' then country_key || '+' || currency_key
        when 'device+currency' then device_key || '+' || currency_key
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
      case metric when 'visitors' then visitor_register when 'users' then user_register end as register,
      case metric when 'visitors' then visitor_rank when 'users' then user_rank end as rank,
      case metric when 'revenue' then cast(coalesce(amount, 0) as decimal(38, 0)) end as addend
    from measured
    join (
      values
        ('page_views', ''),
        ('page_views', 'app'),
        ('page_views', 'host'),
        ('page_views', 'path'),
        ('page_views', 'referrer_host'),
        ('page_views', 'channel'),
        ('page_views', 'utm_source'),
        ('page_views', 'utm_campaign'),
        ('page_views', 'country'),
        ('page_views', 'device'),
        ('page_views', 'browser'),
        ('page_views', 'os'),
        ('page_views', 'app+path'),
        ('clicks', ''),
        ('clicks', 'target'),
        ('clicks', 'app'),
        ('clicks', 'host'),
        ('clicks', 'path'),
        ('clicks', 'referrer_host'),
        ('clicks', 'channel'),
        ('clicks', 'utm_source'),
        ('clicks', 'utm_campaign'),
        ('clicks', 'country'),
        ('clicks', 'device'),
        ('clicks', 'app+target'),
        ('clicks', 'target+device'),
        ('impressions', ''),
        ('impressions', 'target'),
        ('impressions', 'app'),
        ('impressions', 'utm_campaign'),
        ('impressions', 'country'),
        ('impressions', 'device'),
        ('logins', ''),
        ('logins', 'app'),
        ('logins', 'channel'),
        ('logins', 'country'),
        ('logins', 'device'),
        ('logins', 'browser'),
        ('logins', 'os'),
        ('payments', ''),
        ('payments', 'app'),
        ('payments', 'target'),
        ('payments', 'currency'),
        ('payments', 'utm_campaign'),
        ('payments', 'channel'),
        ('payments', 'country'),
        ('payments', 'device'),
        ('revenue', 'currency'),
        ('revenue', 'app+currency'),
        ('revenue', 'target+currency'),
        ('revenue', 'utm_campaign+currency'),
        ('revenue', 'channel+currency'),
        ('revenue', 'country+currency'),
        ('revenue', 'device+currency'),
        ('events', ''),
        ('events', 'name'),
        ('events', 'app'),
        ('events', 'app+name'),
        ('visitors', ''),
        ('visitors', 'app'),
        ('visitors', 'channel'),
        ('visitors', 'utm_campaign'),
        ('visitors', 'country'),
        ('visitors', 'device'),
        ('users', ''),
        ('users', 'app'),
        ('users', 'country'),
        ('users', 'device'),
        ('requests', ''),
        ('requests', 'app'),
        ('requests', 'host'),
        ('requests', 'path'),
        ('requests', 'status'),
        ('requests', 'method'),
        ('requests', 'referrer_host'),
        ('requests', 'app+status'),
        ('errors', ''),
        ('errors', 'app'),
        ('errors', 'host'),
        ('errors', 'path'),
        ('errors', 'status'),
        ('app_logs', ''),
        ('app_logs', 'app'),
        ('app_logs', 'service'),
        ('app_logs', 'level'),
        ('app_logs', 'template'),
        ('app_logs', 'service+level')
    ) as kept (metric, dimensions) using (metric)
  )
select
  metric,
  dimensions,
  keys,
  register,
  case when register is not null then max(rank) when max(addend) is null then count(*) end as value,
  sum(addend) as amount,
  cast(null as varchar) as day
from keyed
group by metric, dimensions, keys, register
