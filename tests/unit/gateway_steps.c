// The table of steps.
#include "tests/unit/gateway_steps.h"

#define MESSAGE(more) "POST /v1/messages\n\n{\"to\":\"+4915112345678\",\"text\":\"Hello\"" more "}"
#define PLANNED MESSAGE(",\"send_at\":\"2035-01-01T09:00:00Z\"")
#define DEVICE(id) "POST /v1/devices\n\n{\"id\":\"" id "\",\"name\":\"A phone\"}"
#define LAST(column, table) "<SELECT " column " FROM " table " ORDER BY n DESC LIMIT 1>"
#define SEQ                                                                                                  \
    "#" // behind a gap, so that no receipt, which comes when it is time for it, writes the device's row
#define REPORT_OF(which, state)                                                                              \
    "sms/v1/phone/report\n{\"journal\":\"j1\",\"reports\":[{\"seq\":" SEQ ",\"id\":\"<SELECT id FROM " which \
    ">\",\"lease\":<SELECT lease FROM " which ">,\"state\":\"" state                                         \
    "\",\"part\":1,\"parts\":1,\"at\":1795222923456"
#define REPORT(state) REPORT_OF("message WHERE direction = 0 ORDER BY n DESC LIMIT 1", state)
#define SMSGATE "/3rdparty/v1"
#define TWILIO "/2010-04-01/Accounts/<SELECT id FROM account WHERE n = 1>"
#define FORM "\nContent-Type: application/x-www-form-urlencoded\n\n"
#define INBOUND(text)                                                                                        \
    "sms/v1/phone/inbound\n{\"journal\":\"j1\",\"texts\":[{\"seq\":" SEQ ",\"uid\":\"in-#\",\"from\":"       \
    "\"+491701234567\",\"sim\":1,\"text\":\"" text "\",\"received_at\":1795222923456}]}"
#define PRESENCE(state)                                                                                      \
    "sms/v1/away/presence\n{\"device\":\"away\",\"state\":\"" state                                          \
    "\",\"at\":1700000000000,\"boot\":\"0123456789abcdef0123456789abcdef\"}"
#define BACKFILL "POST /v1/suppressions/backfill\n\n{\"from\":\"2026-11-20T00:00:00Z\",\"dry_run\":true}"
#define SMSGATE_HOOK(id)                                                                                     \
    "POST " SMSGATE "/webhooks\n\n{\"id\":\"" id                                                             \
    "\",\"url\":\"https://app.example/sg\",\"event\":\"sms:sent\"}"
#define SERVICE LAST("id", "otp_service")
#define POOL LAST("name", "pool")

const struct step gateway_steps[] = {
    // messages
    {"", MESSAGE(""), NULL},
    {MESSAGE(",\"callback_url\":\"https://app.example/cb\""),
     MESSAGE(",\"device\":\"phone\",\"sim\":1,\"qos\":2,\"lane\":\"high\",\"metadata\":{\"order\":\"7\"},"
             "\"callback_url\":\"https://app.example/cb\""),
     NULL},
    {"", PLANNED, NULL},
    {"",
     "POST /v1/messages\nIdempotency-Key: "
     "key-#\n\n{\"to\":[\"+4915112345678\",\"+4915112345679\"],\"text\":\"Both\"}",
     NULL},
    {PLANNED, "DELETE /v1/messages/" LAST("id", "message"), NULL},
    {MESSAGE(""), "DELETE /v1/messages/" LAST("id", "message"), NULL},
    {PLANNED, "PATCH /v1/messages/" LAST("id", "message") "\n\n{\"send_at\":\"2036-01-01T09:00:00Z\"}", NULL},
    {"", "GET /v1/messages?limit=3\n\n", NULL},
    {"", "GET /v1/messages/" LAST("id", "message") "\n\n", NULL},
    {"", "GET /v1/queues\n\n", NULL},
    {PLANNED, "GET /v1/queues/active\n\n", NULL},
    {MESSAGE(",\"device\":\"away\""),
     "POST /v1/queues/held/drop\n\n{\"ids\":[\"" LAST("id", "message") "\"]}", NULL},
    {REPORT("failed") ",\"error\":{\"kind\":\"permanent\",\"code\":\"x\",\"text\":\"no\"}}]}",
     "POST /v1/queues/dead/retry\n\n{\"ids\":[\"" LAST("id", "message WHERE direction = 0") "\"]}",
     MESSAGE("")},
    // what devices say
    {MESSAGE(""), REPORT("accepted") "}]}", NULL},
    {"POST /v1/messages\n\n{\"to\":\"+49151123#\",\"text\":\"Hello\"}",
     REPORT("failed") ",\"error\":{\"kind\":\"permanent\",\"code\":\"landline\",\"text\":\"no\"}}]}", NULL},
    {"POST /v1/suppressions\n\n{\"number\":\"+4915112345678\",\"note\":\"#\"}",
     "DELETE /v1/suppressions/+4915112345678", NULL},
    {MESSAGE(""), REPORT("failed") ",\"error\":{\"kind\":\"temporary\",\"code\":\"x\",\"text\":\"no\"}}]}",
     NULL},
    {"", INBOUND("Yes, please"), NULL},
    {"DELETE /v1/suppressions/+491701234567", INBOUND("STOP"), NULL},
    {"DELETE /v1/suppressions/+491701234567",
     "POST /v1/messages/" LAST("id", "message WHERE direction = 1") "/reply\n\n{\"text\":\"Yes\"}", NULL},
    {"",
     "sms/v1/phone/status\n{\"hello\":false,\"journal\":\"j1\",\"oldest\":1,\"next\":1,\"software\":\"x/"
     "#\",\"radio\":"
     "\"sim\",\"queue\":0,\"at\":1795222923456,\"sims\":[{\"slot\":1,\"number\":\"+4915100000#\"},{\"slot\":"
     "2}]}",
     NULL},
    {PRESENCE("offline"), PRESENCE("online"), NULL},
    {PRESENCE("offline"),
     "$CONTROL/smsquitto/v1/"
     "response\n{\"command\":\"snapshot\",\"ok\":true,\"boot\":\"0123456789abcdef0123456789abcdef\",\"page\":"
     "0,\"more\":false,"
     "\"online\":[{\"device\":\"phone\"}]}",
     NULL},
    // devices
    {"", "POST /v1/devices\n\n{\"id\":\"phone-#\",\"name\":\"Number #\"}", NULL},
    {DEVICE("tag-#"), "PATCH /v1/devices/" LAST("id", "device") "\n\n{\"name\":\"Name #\",\"tags\":[\"t#\"]}",
     NULL},
    {"POST /v1/devices/" LAST("id", "device") "/resume",
     "POST /v1/devices/" LAST("id", "device") "/pause\n\n", NULL},
    {"", "POST /v1/devices/" LAST("id", "device") "/rotate\n\n", NULL},
    {"", "GET /v1/devices?limit=3\n\n", NULL},
    {"", "GET /v1/devices/phone\n\n", NULL},
    {DEVICE("gone-#"), "DELETE /v1/devices/" LAST("id", "device"), NULL},
    {"", "POST /v1/devices/pairings\n\n{\"name\":\"New one\"}", NULL},
    {"", "GET /v1/devices/pairings?limit=3\n\n", NULL},
    {"POST /v1/devices/pairings\n\n{\"name\":\"New one\"}",
     "DELETE /v1/devices/pairings/" LAST("id", "pairing"), NULL},
    {DEVICE("in-#"), "POST /v1/devices/" LAST("id", "device") "/inbox\n\n{\"from\":\"2026-11-20T00:00:00Z\"}",
     NULL},
    {DEVICE("lim-#"),
     "PUT /v1/devices/" LAST("id",
                             "device") "/limits\n\n{\"sim\":1,\"per_day\":200,\"gap_s\":5,\"per_hour\":#}",
     NULL},
    {"", "GET /v1/devices/away/limits\n\n", NULL},
    {"", "GET /v1/devices/phone/telemetry\n\n", NULL},
    // pools
    {"",
     "POST "
     "/v1/"
     "pools\n\n{\"name\":\"pool-#\",\"policy\":\"carrier\",\"tag\":\"clinic-#\",\"carriers\":{\"+49151\":"
     "\"telekom\","
     "\"+49170\":\"vodafone\"}}",
     NULL},
    {"POST /v1/pools\n\n{\"name\":\"old-#\"}",
     "PATCH /v1/pools/" POOL "\n\n{\"name\":\"p#\",\"carriers\":{\"+49152\":\"x\"}}", NULL},
    {"DELETE /v1/pools/" POOL "/members/phone",
     "PUT /v1/pools/" POOL "/members/phone\n\n{\"weight\":3,\"prefixes\":[\"+49\",\"+43\"]}", NULL},
    {"", "GET /v1/pools?limit=3\n\n", NULL},
    {"", "GET /v1/pools/" POOL "/members\n\n", NULL},
    {"PUT /v1/pools/" POOL "/members/phone\n\n{\"weight\":3}", "DELETE /v1/pools/" POOL "/members/phone",
     NULL},
    {"POST /v1/pools\n\n{\"name\":\"gone-#\"}", "DELETE /v1/pools/" POOL, NULL},
    // accounts and keys
    {"", "POST /v1/accounts\n\n{\"name\":\"Clinic #\"}", NULL},
    {"", "GET /v1/accounts?limit=3\n\n", NULL},
    {"",
     "POST "
     "/v1/keys\n\n{\"name\":\"shop\",\"scopes\":[\"messages:send\",\"otp:write\"],\"rate_per_minute\":60}",
     NULL},
    {"", "GET /v1/keys?limit=3\n\n", NULL},
    {"POST /v1/keys\n\n{\"name\":\"shop\",\"scopes\":[\"messages:send\"]}",
     "DELETE /v1/keys/" LAST("id", "app_key"), NULL},
    {"PUT /v1/account/retention\n\n{\"text_days\":30}",
     "PUT /v1/account/retention\n\n{\"text_days\":30,\"number_days\":90,\"delete_days\":365}", NULL},
    {"PUT /v1/account/otp\n\n{\"per_country\":900000}", "PUT /v1/account/otp\n\n{\"per_country\":#}", NULL},
    {"PUT /v1/account/quiet-hours\n\n{\"begins\":\"04:00\",\"ends\":\"04:01\",\"zone\":\"Europe/Berlin\"}",
     "PUT /v1/account/quiet-hours\n\n{\"begins\":\"03:00\",\"ends\":\"03:01\",\"zone\":\"Europe/Berlin\"}",
     NULL},
    // schedules and templates
    {"",
     "POST /v1/schedules\n\n{\"name\":\"s-#\",\"cron\":\"0 9 1 1 "
     "*\",\"zone\":\"Europe/Berlin\",\"message\":{\"to\":["
     "\"+4915112345678\"],\"text\":\"Good year.\"}}",
     NULL},
    {"", "POST /v1/schedules/" LAST("id", "schedule") "/run\n\n", NULL},
    {"",
     "PATCH /v1/schedules/" LAST(
         "id", "schedule") "\n\n{\"name\":\"n-#\",\"cron\":\"30 8 1 2 *\",\"zone\":\"Europe/Berlin\"}",
     NULL},
    {"", "GET /v1/schedules?limit=3\n\n", NULL},
    {"PUT /v1/templates/hello\n\n{\"text\":\"Hello.\"}",
     "PUT /v1/templates/hello\n\n{\"text\":\"Hello {{name}}, # is your "
     "number.\",\"languages\":{\"fr\":\"Bonjour {{name}}.\"}}",
     NULL},
    {"", "POST /v1/templates\n\n{\"name\":\"t-#\",\"text\":\"Hello.\"}", NULL},
    {"", "GET /v1/templates/hello\n\n", NULL},
    {"", "POST /v1/templates/hello/preview\n\n{\"language\":\"fr-CH\",\"variables\":{\"name\":\"Ada\"}}",
     NULL},
    {"",
     "POST "
     "/v1/"
     "messages\n\n{\"to\":\"+4915112345678\",\"template\":\"hello\",\"language\":\"fr\",\"variables\":{"
     "\"name\":\"Ada\"}}",
     NULL},
    {"",
     "POST "
     "/v1/"
     "messages\n\n{\"to\":[{\"to\":\"+4915112345678\",\"variables\":{\"name\":\"Ada\"}},\"+4915112345679\"],"
     "\"template\":\"hello\",\"variables\":{\"name\":\"Bob\"}}",
     NULL},
    {"", "DELETE /v1/templates/" LAST("name", "template"), NULL},
    // who must not be written to
    {"", "POST /v1/suppressions\n\n{\"number\":\"+49170123#\",\"note\":\"asked by phone\"}", NULL},
    {"", "POST /v1/suppressions/import\nContent-Type: text/csv\n\nname,number\nAda,+49171123#\n", NULL},
    {"", "GET /v1/suppressions?limit=3\n\n", NULL},
    {BACKFILL, BACKFILL, NULL},
    // codes
    {"",
     "POST /v1/otp\n\n{\"to\":\"+4915112345678\",\"purpose\":\"p-#\",\"app\":\"Shop\",\"text\":\"{{code}} "
     "for {{app}}\"}",
     NULL},
    {"",
     "POST /v1/otp/check\n\n{\"to\":\"+4915112345678\",\"purpose\":\"" LAST(
         "purpose", "verification") "\",\"code\":\"12\"}",
     NULL},
    {"", "GET /v1/otp/" LAST("id", "verification"), NULL},
    {"", "GET /v1/otp/stats?from=2026-11-01T00:00:00Z&to=2036-12-01T00:00:00Z", NULL},
    {"POST /v1/otp\n\n{\"to\":\"+4915112345678\",\"purpose\":\"q-#\"}",
     "DELETE /v1/otp/" LAST("id", "verification"), NULL},
    // webhooks
    {"", "POST /v1/webhooks\n\n{\"url\":\"https://app.example/#\",\"events\":[\"device.offline\"]}", NULL},
    {"",
     "PATCH /v1/webhooks/" LAST("id", "webhook") "\n\n{\"name\":\"n-#\",\"url\":\"https://app.example/x#\"}",
     NULL},
    {"", "POST /v1/webhooks/" LAST("id", "webhook") "/rotate\n\n{\"overlap_s\":0}", NULL},
    {"", "POST /v1/webhooks/" LAST("id", "webhook") "/test\n\n", NULL},
    {"", "GET /v1/webhooks?limit=3\n\n", NULL},
    {"", "GET /v1/webhooks/" LAST("id", "webhook") "/deliveries?limit=3\n\n", NULL},
    {"POST /v1/webhooks\n\n{\"url\":\"https://app.example/gone\"}",
     "DELETE /v1/webhooks/" LAST("id", "webhook"), NULL},
    // the other faces
    {"",
     "POST " SMSGATE "/messages\n\n{\"textMessage\":{\"text\":\"Hello\"},\"phoneNumbers\":[\"+"
     "4915112345678\"],\"id\":\"own-#\"}",
     NULL},
    {"", "GET " SMSGATE "/messages?limit=3\n\n", NULL},
    {"", "GET " SMSGATE "/messages/own-<SELECT MAX(CAST(substr(name, 5) AS INTEGER)) FROM send_name>\n\n",
     NULL},
    {"", "GET " SMSGATE "/webhooks\n\n", NULL},
    {SMSGATE_HOOK("g-#"), SMSGATE_HOOK("h-#"), NULL},
    {"", "POST " TWILIO "/Messages.json" FORM "To=%2B4915112345678&From=phone&Body=Hello", NULL},
    {"", "GET " TWILIO "/Messages.json?PageSize=3\n\n", NULL},
    {"", "POST /v2/Services" FORM "FriendlyName=Shop&CodeLength=6", NULL},
    {"", "GET /v2/Services?PageSize=3\n\n", NULL},
    {"", "POST /v2/Services/" SERVICE "/Verifications" FORM "To=%2B49151123#&Channel=sms", NULL},
    {"POST /v2/Services" FORM "FriendlyName=Shop",
     "POST /v2/Services/" SERVICE "/RateLimits" FORM "UniqueName=limit_#", NULL},
    // the rest
    {"", "GET /v1/stats?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z&by=day", NULL},
    {"", "GET /v1/account\n\n", NULL},
};

const size_t gateway_steps_count = sizeof(gateway_steps) / sizeof(gateway_steps[0]);
const char gateway_add_phone[] = DEVICE("phone"), gateway_add_away[] = DEVICE("away");
const char gateway_sent[] = REPORT_OF("message WHERE turn = 2 LIMIT 1", "sent") "}]}";
const char gateway_online[] =
    "$CONTROL/smsquitto/v1/response\n{\"command\":\"snapshot\",\"ok\":true,\"boot\":"
    "\"0123456789abcdef0123456789abcdef\",\"page\":0,\"more\":false,\"online\":[{\"device\":\"phone\"}]}";
const char gateway_hello[] =
    "sms/v1/phone/status\n{\"hello\":true,\"journal\":\"j1\",\"oldest\":1,\"next\":1,\"software\":\"x/1\","
    "\"radio\":\"sim\",\"queue\":0,\"at\":1795222923456,\"sims\":[{\"slot\":1}]}";
