// GET /health, /health/ready, /health/startup and /health/live.
#include "bridge/smsgate/smsgate_internal.h"

static json_t *check_json(const char *what, bool good, const char *otherwise)
{
    return json_pack("{s:s, s:s, s:i, s:s}", "description", what, "observedUnit", "boolean", "observedValue",
                     good, "status", good ? "pass" : otherwise);
}

// Without the broker messages are taken and wait; without the store they are refused.
void smsgate_health(struct request *request)
{
    struct engine_metrics metrics;
    engine_metrics(request_engine(request), &metrics);
    bool ready = api_is_ready(request);
    json_t *checks =
        json_pack("{s:o, s:o}", "store:writable", check_json("New messages are stored", ready, "fail"),
                  "broker:connected", check_json("The broker is connected", metrics.link_up, "warn"));
    request_reply_json_take(request, ready ? 200 : 503,
                            json_pack("{s:s, s:s, s:i, s:o}", "status",
                                      !ready            ? "fail"
                                      : metrics.link_up ? "pass"
                                                        : "warn",
                                      "version", SMSQUITTO_VERSION, "releaseId", 1, "checks", checks));
}

void smsgate_alive(struct request *request)
{
    request_reply_json_take(request, 200,
                            json_pack("{s:s, s:s, s:i, s:{}}", "status", "pass", "version", SMSQUITTO_VERSION,
                                      "releaseId", 1, "checks"));
}
