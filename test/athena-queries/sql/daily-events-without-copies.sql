
with
  copies as (
    select event_id, batch_id, name, app, day, occurred_at, received_at, visitor_id, session_id, user_id, url, host, path, referrer, referrer_host, channel, title, target, amount, currency, utm_source, utm_medium, utm_campaign, utm_term, utm_content, device, browser, os, is_bot, country, language, method, status, bytes, level, service, message, template, page_number, previous_path, elapsed_ms, entry_path, first_channel, first_referrer_host, first_utm_source, first_utm_medium, first_utm_campaign, properties, is_copy, visitor_register, visitor_rank, user_register, user_rank, dt
    from events
    where dt = ?
    union all
    select event_id, batch_id, name, app, null, occurred_at, received_at, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, is_copy, null, null, null, null, dt
    from events
    where dt in (?, ?)
  ),
  preferred as (
    select *, row_number() over (
      partition by app, event_id
      order by coalesce(is_copy, false), received_at, dt, batch_id, occurred_at, name, day, visitor_id, session_id, user_id, url, host, path, referrer, referrer_host, channel, title, target, amount, currency, utm_source, utm_medium, utm_campaign, utm_term, utm_content, device, browser, os, is_bot, country, language, method, status, bytes, level, service, message, template, page_number, previous_path, elapsed_ms, entry_path, first_channel, first_referrer_host, first_utm_source, first_utm_medium, first_utm_campaign, properties, visitor_register, visitor_rank, user_register, user_rank
    ) as place
    from copies
  )
select event_id, batch_id, name, app, day, occurred_at, received_at, visitor_id, session_id, user_id, url, host, path, referrer, referrer_host, channel, title, target, amount, currency, utm_source, utm_medium, utm_campaign, utm_term, utm_content, device, browser, os, is_bot, country, language, method, status, bytes, level, service, message, template, page_number, previous_path, elapsed_ms, entry_path, first_channel, first_referrer_host, first_utm_source, first_utm_medium, first_utm_campaign, properties, is_copy, visitor_register, visitor_rank, user_register, user_rank
from preferred
where place = 1 and dt = ? and not coalesce(is_copy, false)
order by name, occurred_at, event_id
