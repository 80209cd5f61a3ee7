// The handlers that the route table names, and what several of them use.
#ifndef SMSQUITTO_BRIDGE_API_API_INTERNAL_H
#define SMSQUITTO_BRIDGE_API_API_INTERNAL_H

#include "bridge/api/api.h"
#include "bridge/api/parts.h"
#include "bridge/engine/template_text.h"
#include "common/json_memory.h"
#include "common/json_out.h"
#include "common/zone.h"

enum { API_PAGE_DEFAULT = 50, API_PAGE_MAX = 200 };

void api_messages_create(struct request *request);
void api_messages_list(struct request *request);
void api_messages_show(struct request *request);
void api_messages_cancel(struct request *request);
void api_devices_create(struct request *request);
void api_devices_list(struct request *request);
void api_devices_show(struct request *request);
void api_devices_update(struct request *request);
void api_devices_pause(struct request *request);
void api_devices_resume(struct request *request);
void api_devices_rotate(struct request *request);
void api_pairings_create(struct request *request);
void api_pairings_list(struct request *request);
void api_pairings_remove(struct request *request);
void api_pair(struct request *request);
void api_keys_create(struct request *request);
void api_keys_list(struct request *request);
void api_keys_revoke(struct request *request);
void api_messages_update(struct request *request);
void api_messages_reply(struct request *request);
void api_templates_list(struct request *request);
void api_templates_create(struct request *request);
void api_templates_show(struct request *request);
void api_templates_put(struct request *request);
void api_templates_remove(struct request *request);
void api_templates_preview(struct request *request);
void api_suppressions_list(struct request *request);
void api_suppressions_add(struct request *request);
void api_suppressions_import(struct request *request);
void api_suppressions_show(struct request *request);
void api_suppressions_remove(struct request *request);
void api_quiet_show(struct request *request);
void api_quiet_set(struct request *request);
void api_schedules_create(struct request *request);
void api_schedules_list(struct request *request);
void api_schedules_show(struct request *request);
void api_schedules_update(struct request *request);
void api_schedules_remove(struct request *request);
void api_schedules_run(struct request *request);
void api_backfill_show(struct request *request);
void api_backfill_begin(struct request *request);
void api_inbox_show(struct request *request);
void api_inbox_ask(struct request *request);
void api_limits_show(struct request *request);
void api_limits_set(struct request *request);
void api_otp_send(struct request *request);
void api_otp_check(struct request *request);
void api_otp_check_number(struct request *request);
void api_otp_show(struct request *request);
void api_otp_cancel(struct request *request);
void api_otp_stats(struct request *request);
void api_otp_rule_set(struct request *request);
void api_otp_rule_show(struct request *request);
void api_webhooks_create(struct request *request);
void api_webhooks_list(struct request *request);
void api_webhooks_show(struct request *request);
void api_webhooks_update(struct request *request);
void api_webhooks_remove(struct request *request);
void api_webhooks_rotate(struct request *request);
void api_webhooks_test(struct request *request);
void api_webhooks_replay(struct request *request);
void api_webhooks_deliveries(struct request *request);
void api_pools_list(struct request *request);
void api_pools_create(struct request *request);
void api_pools_show(struct request *request);
void api_pools_update(struct request *request);
void api_pools_remove(struct request *request);
void api_pools_members(struct request *request);
void api_pools_member_put(struct request *request);
void api_pools_member_remove(struct request *request);
void api_queues_list(struct request *request);
void api_queues_show(struct request *request);
void api_queues_release(struct request *request);
void api_queues_retry(struct request *request);
void api_queues_drop(struct request *request);
void api_devices_telemetry(struct request *request);
void api_retention_show(struct request *request);
void api_retention_set(struct request *request);
void api_stats(struct request *request);
void api_account_show(struct request *request);
void api_accounts_list(struct request *request);
void api_accounts_create(struct request *request);
void api_backup_create(struct request *request);
void api_backup_show(struct request *request);
void api_events(struct request *request);
void api_status(struct request *request);
void api_health(struct request *request);
void api_ready(struct request *request);
void api_metrics(struct request *request);
void api_openapi(struct request *request);

// The largest body of most paths; more is only for lists of recipients.
enum { API_BODY_MAX_BYTES = 80 * 1024 };
enum { API_IMPORT_MAX = 10000, API_NUMBER_MAX = 64 }; // numbers in one import, bytes of one as written

// Reads the body as CSV into wish->numbers. False with *error naming the line; wish may then be half filled.
bool api_import_csv(struct request *request, struct command_suppress *wish, struct field_error *error);

// Reads a point in time: RFC 3339 with an offset, or without one ("2026-12-24T09:00") the wall's time in
// zone. NULL text gives 0. False with *error set, which names send_at or zone.
bool api_when(int64_t *at_ms, const char *text, const char *zone, struct field_error *error);

// Reads a language tag; NULL leaves *out as it is. False with *error set, which names path.
bool api_language(char out[TEMPLATE_LANGUAGE_SIZE], const char *text, const char *path,
                  struct field_error *error);
// Reads the members template, language and variables of a request into *out, owned, NULL when no template is
// named. False with *error set, and *out NULL.
bool api_wish_read(struct template_wish **out, const char *name, const char *language,
                   const json_t *variables, struct field_error *error);

// Reads limit and cursor of a list that has no other parameters and goes by numbers. False after replying.
bool api_page(struct request *request, int64_t *limit, int64_t *cursor);
// Replies with one page of such a list (taken) under that name; last is the number of its last row when more
// may follow, else 0.
void api_reply_page_take(struct request *request, const char *name, json_t *list, int64_t last);

// Reads the device of the path's first parameter; device_view_clear frees what it holds. False after
// replying.
bool api_find_device(struct request *request, struct device_view *out);

// Reads which messages are meant from the query of a list, or of a queue (which takes fewer words), with the
// size of a page. False after replying.
bool api_filter_query(struct request *request, struct message_filter *filter, int64_t *limit, bool queue);
// The same from the member of a body that acts on a queue; prefix is put before the paths of errors.
bool api_filter_body(struct request *request, struct message_filter *filter, const json_t *object,
                     const char *prefix);
// Replies with a page of those messages.
void api_messages_page(struct request *request, const struct message_filter *filter, int64_t limit);

// Codes sent, verified and failed in the hours that begin in the range, by region of the number. Owned; NULL
// when the store cannot be read.
json_t *api_otp_figures(struct request *request, int64_t from, int64_t to);

// Writes a message as an object, in an array or at the top. With a store, the wait of a queued one says how
// many stand before it.
void api_message_json(struct json_out *out, const struct message_view *view, struct query *store);
// What stands in that object, for one that holds more.
void api_message_members(struct json_out *out, const struct message_view *view, struct query *store);
// The member name: a message in a state that it may have left since: without what it waits for and without
// its error.
void api_message_then_json(struct json_out *out, const char *name, const struct message_view *view,
                           enum state state);
// An event of the stream; owned, NULL when memory runs out.
char *api_event_json(const struct event_view *view);
// Writes an event as a line of its message's timeline.
void api_timeline_json(struct json_out *out, const struct event_view *view);

#endif
