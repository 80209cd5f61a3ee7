// How the gateway is: for people (/v1/status), for supervisors (/healthz, /readyz), for Prometheus
// (/metrics).
#include "bridge/api/api_internal.h"

#include "bridge/api/openapi_json.h"
#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void api_health(struct request *request)
{
    request_reply_json_take(request, 200, json_pack("{s:s}", "status", "alive"));
}

bool api_is_ready(struct request *request)
{
    struct engine_metrics metrics;
    engine_metrics(request_engine(request), &metrics);
    return metrics.store_ok && !engine_full(request_engine(request));
}

void api_ready(struct request *request)
{
    struct engine_metrics metrics;
    engine_metrics(request_engine(request), &metrics);
    if (api_is_ready(request))
        request_reply_json_take(request, 200,
                                json_pack("{s:s, s:b}", "status", "ready", "broker", metrics.link_up));
    else
        request_unavailable(request);
}

void api_status(struct request *request)
{
    struct engine_metrics metrics;
    struct query_counts counts;
    engine_metrics(request_engine(request), &metrics);
    if (query_counts(request_store(request), &counts) != QUERY_OK) {
        request_unavailable(request);
        return;
    }
    request_reply_json_take(
        request, 200,
        json_pack("{s:s, s:I, s:I, s:o, s:b, s:b, s:b, s:{s:I, s:I}, s:{s:I, s:I, s:I, s:o}, s:{s:I, s:I}, "
                  "s:{s:I, s:I, s:I}}",
                  "version", SMSQUITTO_VERSION, "schema", (json_int_t)counts.schema, "uptime_seconds",
                  (json_int_t)(request_uptime_ms(request) / 1000), "time", api_time(clock_wall_ms()),
                  "store_ok", metrics.store_ok, "broker_connected", metrics.link_up, "plugin_ok",
                  metrics.plugin_ok, "engine", "queue", (json_int_t)metrics.queue_length, "queue_max",
                  (json_int_t)metrics.queue_max, "messages", "waiting", (json_int_t)counts.waiting, "out",
                  (json_int_t)counts.out, "open", (json_int_t)counts.due, "oldest_waiting_at",
                  api_time(counts.oldest_waiting_at), "devices", "count", (json_int_t)counts.devices,
                  "online", (json_int_t)counts.devices_online, "counters", "redeliveries",
                  (json_int_t)metrics.redeliveries, "retries", (json_int_t)metrics.retries, "bad_reports",
                  (json_int_t)metrics.bad_reports));
}

static void metric(FILE *out, const char *name, const char *type, const char *help, int64_t value)
{
    fprintf(out, "# HELP smsquitto_%s %s\n# TYPE smsquitto_%s %s\nsmsquitto_%s %lld\n", name, help, name,
            type, name, (long long)value);
}

static void engine_numbers(FILE *out, const struct engine_metrics *metrics)
{
    metric(out, "messages_accepted_total", "counter", "Messages accepted over the API.",
           metrics->accepted_messages);
    fprintf(out, "# HELP smsquitto_message_moves_total Moves of messages into each state.\n"
                 "# TYPE smsquitto_message_moves_total counter\n");
    for (int state = STATE_SCHEDULED; state <= STATE_RECEIVED; state++)
        fprintf(out, "smsquitto_message_moves_total{state=\"%s\"} %lld\n", state_name((enum state)state),
                (long long)metrics->moves[state]);
    metric(out, "redeliveries_total", "counter", "Hops that were asked for again.", metrics->redeliveries);
    metric(out, "retries_total", "counter", "Tries after a temporary failure.", metrics->retries);
    metric(out, "bad_reports_total", "counter", "Reports that were malformed, foreign or out of date.",
           metrics->bad_reports);
    metric(out, "broker_batches_total", "counter", "Publishes that held several payloads for devices.",
           metrics->link_batches);
    metric(out, "broker_batched_payloads_total", "counter", "Payloads for devices in such publishes.",
           metrics->link_batched);
    metric(out, "webhook_deliveries_total", "counter", "Webhook deliveries that arrived.",
           metrics->hooks_delivered);
    metric(out, "webhook_failures_total", "counter", "Attempts to deliver to a webhook that failed.",
           metrics->hooks_failed);
    metric(out, "webhook_dead_total", "counter", "Webhook deliveries that were given up.",
           metrics->hooks_dead);
    metric(out, "batches_total", "counter", "Transactions of the engine.", metrics->batches);
    metric(out, "commit_failures_total", "counter", "Transactions that could not be committed.",
           metrics->commit_failures);
    fprintf(out,
            "# HELP smsquitto_commit_last_seconds Duration of the last commit.\n"
            "# TYPE smsquitto_commit_last_seconds gauge\nsmsquitto_commit_last_seconds %.6f\n",
            (double)metrics->commit_last_us / 1e6);
    metric(out, "queue_length", "gauge", "Commands that wait for the engine.", metrics->queue_length);
    metric(out, "queue_refused_total", "counter", "Commands refused because the queue was full.",
           metrics->refused_full);
    metric(out, "store_ok", "gauge", "1 when the last transaction was committed.", metrics->store_ok);
    metric(out, "broker_connected", "gauge", "1 while the bridge is connected to the broker.",
           metrics->link_up);
    metric(out, "devices_online", "gauge", "Devices that are connected.", metrics->devices_online);
}

void api_metrics(struct request *request)
{
    struct engine_metrics metrics;
    struct query_counts counts;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) {
        request_unavailable(request);
        return;
    }
    engine_metrics(request_engine(request), &metrics);
    engine_numbers(out, &metrics);
    if (query_counts(request_store(request), &counts) == QUERY_OK) {
        int64_t age = counts.oldest_waiting_at != 0 ? clock_wall_ms() - counts.oldest_waiting_at : 0;
        metric(out, "messages_waiting", "gauge", "Messages that wait for a device.", counts.waiting);
        metric(out, "messages_out", "gauge", "Messages that devices hold and have not sent.", counts.out);
        metric(out, "oldest_waiting_seconds", "gauge", "Age of the longest waiting message.", age / 1000);
    }
    metric(out, "certificate_expires_seconds", "gauge",
           "When the certificate for HTTPS expires, in seconds since 1970; 0 without one.",
           request_certificate_expires_at(request) / 1000);
    fclose(out);
    request_reply_text(request, 200, "text/plain; version=0.0.4", text, length);
    free(text);
}

void api_openapi(struct request *request)
{
    request_reply_text(request, 200, "application/json", OPENAPI_JSON, sizeof(OPENAPI_JSON) - 1);
}
