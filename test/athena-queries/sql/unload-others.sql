
UNLOAD (
  select event_id, batch_id, name, app, day, occurred_at, received_at, visitor_id, session_id, user_id, url, host, path, referrer, referrer_host, channel, title, target, amount, currency, utm_source, utm_medium, utm_campaign, utm_term, utm_content, device, browser, os, is_bot, country, language, method, status, bytes, level, service, message, template, page_number, previous_path, elapsed_ms, entry_path, first_channel, first_referrer_host, first_utm_source, first_utm_medium, first_utm_campaign, properties, is_copy, visitor_register, visitor_rank, user_register, user_rank
  from events
  where dt = ? and "$path" in (?, ?) and not (coalesce(visitor_id, '') = ?)
) TO 's3://lake/erase/staged/run-1/' WITH (format = 'PARQUET', compression = 'SNAPPY')
