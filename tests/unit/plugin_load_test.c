// Loads the real plugin into a broker made of fakes: events in any order, brokers of 2.0 and 2.1, failing
// memory. The clock is the test's own.
#include "common/topic.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <openssl/sha.h>
#include <sqlite3.h>

enum { EVENTS = 32, MESSAGES = 64, EVENT_CONNECT = 11, EVENT_CLIENT_OFFLINE = 28 };

#define RESPONSE TOPIC_CONTROL "/response"
#define KEY "sqd_key"

struct mosquitto {
    const char *id;
    const char *username;
    const char *address;
    int keepalive;
    int protocol;
};

struct message {
    char client[32]; // empty: everybody
    char topic[64];
    char payload[512];
};

// The fake broker.
static struct {
    int last_event; // events above it are not supported
    int refuse_event;
    MOSQ_FUNC_generic_callback callbacks[EVENTS];
    void *userdata;
    struct message messages[MESSAGES];
    int message_count;
    char kicked[MESSAGES][32];
    int kick_count;
    struct mosquitto *kick_ends; // the client whose connection ends in a kick
    int allocated;               // buffers that the plugin holds
    int fail_allocations;        // how many from now on fail
    int fail_publishes;
    char log[16384];
    int64_t now_ms;
} broker;

static char folder[32];
static char roster_path[64];
static void *library;

// Its entry points.
static struct {
    int (*version)(int supported_version_count, const int *supported_versions);
    int (*init)(mosquitto_plugin_id_t *identifier, void **userdata, struct mosquitto_opt *options, int count);
    int (*cleanup)(void *userdata, struct mosquitto_opt *options, int count);
} plugin;

// --- what the broker offers to plugins

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int64_t ms = broker.now_ms + (clock == CLOCK_REALTIME ? 1700000000000 : 0);
    *now = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    return 0;
}

int mosquitto_callback_register(mosquitto_plugin_id_t *identifier, int event,
                                MOSQ_FUNC_generic_callback callback, const void *event_data, void *userdata)
{
    (void)identifier;
    if (event == broker.refuse_event)
        return MOSQ_ERR_NOMEM;
    if (event > broker.last_event)
        return MOSQ_ERR_NOT_SUPPORTED;
    if (event == MOSQ_EVT_CONTROL)
        assert_string_equal(event_data, TOPIC_CONTROL);
    broker.callbacks[event] = callback;
    broker.userdata = userdata;
    return MOSQ_ERR_SUCCESS;
}

void *mosquitto_realloc(void *memory, size_t bytes)
{
    if (broker.fail_allocations > 0) {
        broker.fail_allocations--;
        return NULL;
    }
    broker.allocated += memory == NULL;
    return realloc(memory, bytes);
}

void mosquitto_free(void *memory)
{
    broker.allocated -= memory != NULL;
    free(memory);
}

void mosquitto_log_printf(int level, const char *format, ...)
{
    (void)level;
    size_t length = strlen(broker.log);
    va_list args;
    va_start(args, format);
    vsnprintf(broker.log + length, sizeof broker.log - length, format, args);
    va_end(args);
    strncat(broker.log, "\n", sizeof broker.log - strlen(broker.log) - 1);
}

const char *mosquitto_client_address(const struct mosquitto *client)
{
    return client->address;
}

const char *mosquitto_client_id(const struct mosquitto *client)
{
    return client->id;
}

const char *mosquitto_client_username(const struct mosquitto *client)
{
    return client->username;
}

int mosquitto_client_keepalive(const struct mosquitto *client)
{
    return client->keepalive;
}

int mosquitto_client_protocol(const struct mosquitto *client)
{
    return client->protocol;
}

int mosquitto_broker_publish(const char *clientid, const char *topic, int payloadlen, void *payload, int qos,
                             bool retain, mosquitto_property *properties)
{
    if (broker.fail_publishes > 0) {
        broker.fail_publishes--;
        return MOSQ_ERR_NOMEM;
    }
    assert_int_equal(qos, 1);
    assert_false(retain);
    assert_null(properties);
    assert_true(broker.message_count < MESSAGES);
    struct message *message = &broker.messages[broker.message_count++];
    snprintf(message->client, sizeof message->client, "%s", clientid == NULL ? "" : clientid);
    snprintf(message->topic, sizeof message->topic, "%s", topic);
    snprintf(message->payload, sizeof message->payload, "%.*s", payloadlen, (char *)payload);
    mosquitto_free(payload);
    return MOSQ_ERR_SUCCESS;
}

static int fire(int event, void *data)
{
    assert_non_null(broker.callbacks[event]);
    return broker.callbacks[event](event, data, broker.userdata);
}

static void leave(struct mosquitto *client)
{
    struct mosquitto_evt_disconnect news = {.client = client, .reason = -1};
    assert_int_equal(fire(MOSQ_EVT_DISCONNECT, &news), MOSQ_ERR_SUCCESS);
}

int mosquitto_kick_client_by_username(const char *username, bool with_will)
{
    assert_false(with_will);
    snprintf(broker.kicked[broker.kick_count++], sizeof broker.kicked[0], "%s", username);
    if (broker.kick_ends != NULL)
        leave(broker.kick_ends);
    return MOSQ_ERR_SUCCESS;
}

// --- what the broker does to plugins

static void sql(const char *statements)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(roster_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, statements, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void add_login(const char *name, const char *role)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    char statement[512];
    SHA256((const unsigned char *)KEY, strlen(KEY), hash);
    int at = snprintf(statement, sizeof statement,
                      "UPDATE roster SET generation = generation + 1;"
                      "INSERT INTO login VALUES ('%s', '%s', x'",
                      name, role);
    for (size_t i = 0; i < sizeof hash; i++)
        at += snprintf(statement + at, sizeof statement - (size_t)at, "%02x", hash[i]);
    snprintf(statement + at, sizeof statement - (size_t)at, "', 0)");
    sql(statement);
}

static void start(int last_event)
{
    static char keys[][16] = {"roster", "bridge_socket", "uplink_rate", "uplink_burst"};
    static char values[][16] = {"/broker.sock", "1", "3"};
    struct mosquitto_opt options[] = {
        {keys[0], roster_path}, {keys[1], values[0]}, {keys[2], values[1]}, {keys[3], values[2]}};
    const int supported[] = {2, 3, 4, 5};
    assert_int_equal(plugin.version(4, supported), 5);
    assert_int_equal(plugin.version(3, supported), -1);
    broker.last_event = last_event;
    assert_int_equal(plugin.init(NULL, &broker.userdata, options, 4), MOSQ_ERR_SUCCESS);
}

static void stop(void)
{
    assert_int_equal(plugin.cleanup(broker.userdata, NULL, 0), MOSQ_ERR_SUCCESS);
    assert_int_equal(broker.allocated, 0);
}

// One turn of the broker's loop, after some time.
static void tick(int64_t after_ms)
{
    struct mosquitto_evt_tick event = {0};
    broker.now_ms += after_ms;
    assert_int_equal(fire(MOSQ_EVT_TICK, &event), MOSQ_ERR_SUCCESS);
    assert_in_range(event.next_ns, 100, 250);
}

static int login(struct mosquitto *client, const char *key)
{
    struct mosquitto_evt_basic_auth ask = {
        .client = client, .username = (char *)client->username, .password = (char *)key};
    return fire(MOSQ_EVT_BASIC_AUTH, &ask);
}

static int may(struct mosquitto *client, int access, const char *topic)
{
    struct mosquitto_evt_acl_check ask = {.client = client, .access = access, .topic = topic};
    return fire(MOSQ_EVT_ACL_CHECK, &ask);
}

static void reload(void)
{
    struct mosquitto_evt_reload event = {0};
    assert_int_equal(fire(MOSQ_EVT_RELOAD, &event), MOSQ_ERR_SUCCESS);
}

static void command(struct mosquitto *client, const char *payload)
{
    struct mosquitto_evt_control ask = {.client = client,
                                        .topic = TOPIC_CONTROL,
                                        .payload = payload,
                                        .payloadlen = (uint32_t)strlen(payload)};
    assert_int_equal(fire(MOSQ_EVT_CONTROL, &ask), MOSQ_ERR_SUCCESS);
}

static struct mosquitto phone(void)
{
    return (struct mosquitto){.id = "phone-1", .username = "phone-1", .address = "10.0.0.1", .keepalive = 60};
}

static struct mosquitto web_phone(void)
{
    struct mosquitto client = phone();
    client.protocol = mp_websockets;
    return client;
}

static struct mosquitto bridge(void)
{
    return (struct mosquitto){.id = "b", .username = "b", .address = "/broker.sock", .keepalive = 60};
}

// The next message must be this presence of phone-1.
static void expect_presence(const char *state)
{
    char begin[64];
    assert_true(broker.message_count > 0);
    struct message *message = &broker.messages[0];
    snprintf(begin, sizeof begin, "{\"device\":\"phone-1\",\"state\":\"%s\",\"at\":17000", state);
    assert_string_equal(message->topic, "sms/v1/phone-1/presence");
    assert_string_equal(message->client, "");
    assert_memory_equal(message->payload, begin, strlen(begin));
    memmove(broker.messages, broker.messages + 1, sizeof broker.messages - sizeof broker.messages[0]);
    broker.message_count--;
}

static void expect_silence(void)
{
    assert_int_equal(broker.message_count, 0);
}

// --- one folder and one load of the plugin for each test

static int set_up(void **unused)
{
    (void)unused;
    memset(&broker, 0, sizeof broker);
    broker.now_ms = 1000000;
    stpcpy(folder, "/tmp/smsq-load-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(roster_path, sizeof roster_path, "%s/roster.db", folder);
    library = dlopen(PLUGIN_PATH, RTLD_NOW | RTLD_GLOBAL);
    if (library == NULL)
        fail_msg("%s", dlerror());
    *(void **)&plugin.version = dlsym(library, "mosquitto_plugin_version");
    *(void **)&plugin.init = dlsym(library, "mosquitto_plugin_init");
    *(void **)&plugin.cleanup = dlsym(library, "mosquitto_plugin_cleanup");
    assert_true(plugin.version != NULL && plugin.init != NULL && plugin.cleanup != NULL);
    return 0;
}

static void make_roster(void)
{
    sql("CREATE TABLE roster (generation INTEGER); INSERT INTO roster VALUES (1);"
        "CREATE TABLE login (name TEXT PRIMARY KEY, role TEXT, key_hash BLOB, disabled INTEGER);"
        "PRAGMA user_version = 1;");
    add_login("phone-1", "device");
    add_login("b", "bridge");
}

static int tear_down(void **unused)
{
    (void)unused;
    dlclose(library);
    unlink(roster_path);
    rmdir(folder);
    return 0;
}

// --- tests

static void test_registers_on_2_0_and_2_1(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    const int events[] = {MOSQ_EVT_RELOAD,  MOSQ_EVT_ACL_CHECK, MOSQ_EVT_BASIC_AUTH, MOSQ_EVT_EXT_AUTH_START,
                          MOSQ_EVT_CONTROL, MOSQ_EVT_TICK,      MOSQ_EVT_DISCONNECT};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        assert_non_null(broker.callbacks[events[i]]);
    assert_null(broker.callbacks[EVENT_CONNECT]);
    stop();
    start(EVENT_CLIENT_OFFLINE);
    assert_non_null(broker.callbacks[EVENT_CONNECT]);
    assert_non_null(broker.callbacks[EVENT_CLIENT_OFFLINE]);
    stop();
}

static void test_a_refused_callback_stops_the_start(void **unused)
{
    (void)unused;
    char key[] = "roster";
    struct mosquitto_opt options[] = {{key, roster_path}};
    void *userdata = NULL;
    const int events[] = {MOSQ_EVT_RELOAD, MOSQ_EVT_ACL_CHECK, MOSQ_EVT_BASIC_AUTH, MOSQ_EVT_TICK,
                          EVENT_CONNECT};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        broker.last_event = EVENT_CLIENT_OFFLINE;
        broker.refuse_event = events[i];
        assert_int_equal(plugin.init(NULL, &userdata, options, 1), MOSQ_ERR_NOMEM);
    }
}

static void test_bad_options_stop_the_start(void **unused)
{
    (void)unused;
    void *userdata = NULL;
    assert_int_equal(plugin.init(NULL, &userdata, NULL, 0), MOSQ_ERR_INVAL);
    assert_non_null(strstr(broker.log, "option roster is missing"));
}

static void test_exports_nothing_else(void **unused)
{
    (void)unused;
    const char *const hidden[] = {"tick_on_tick", "roster_find", "topic_parse", "secret_hash",
                                  "control_on_request"};
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        assert_null(dlsym(library, hidden[i]));
}

static void test_closed_silently_until_there_is_a_table(void **unused)
{
    (void)unused;
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = phone();
    int code = login(&client, KEY);
    assert_true(code != MOSQ_ERR_SUCCESS && code != MOSQ_ERR_AUTH && code != MOSQ_ERR_ACL_DENIED &&
                code != MOSQ_ERR_PLUGIN_DEFER);
    assert_int_equal(may(&client, MOSQ_ACL_SUBSCRIBE, "sms/v1/phone-1/send"), MOSQ_ERR_ACL_DENIED);
    make_roster();
    tick(0);
    assert_int_equal(login(&client, KEY), MOSQ_ERR_SUCCESS);
    assert_int_equal(login(&client, "wrong"), MOSQ_ERR_AUTH);
    stop();
}

static void test_looks_at_most_four_times_a_second(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    tick(0);
    struct mosquitto client = {.id = "new", .username = "new", .address = "10.0.0.1", .keepalive = 60};
    add_login("new", "device");
    for (int i = 0; i < 249; i++) {
        tick(1);
        assert_int_equal(login(&client, KEY), MOSQ_ERR_AUTH);
    }
    tick(1);
    assert_int_equal(login(&client, KEY), MOSQ_ERR_SUCCESS);
    stop();
}

static void test_no_ticks_no_logins(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = phone();
    broker.now_ms += 10000;
    assert_int_equal(login(&client, KEY), MOSQ_ERR_SUCCESS);
    broker.now_ms += 1;
    assert_int_equal(login(&client, KEY), MOSQ_ERR_UNKNOWN);
    // And a reload, which ticks would end, opens nothing.
    reload();
    assert_int_equal(login(&client, "wrong"), MOSQ_ERR_UNKNOWN);
    stop();
}

static void test_takeover_2_0(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto first = phone(), second = phone();
    assert_int_equal(login(&first, KEY), MOSQ_ERR_SUCCESS);
    expect_silence();
    tick(1);
    expect_presence("online");
    assert_int_equal(login(&second, KEY), MOSQ_ERR_SUCCESS);
    leave(&first);
    tick(1);
    expect_presence("online");
    leave(&first);
    tick(1);
    expect_silence();
    leave(&second);
    tick(1);
    expect_presence("offline");
    expect_silence();
    stop();
}

static void test_changes_of_one_turn_are_one_message(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = phone();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(login(&client, KEY), MOSQ_ERR_SUCCESS);
        leave(&client);
    }
    tick(1);
    expect_presence("offline");
    expect_silence();
    stop();
}

static void test_strangers_leave_quietly(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = phone();
    assert_int_equal(login(&client, KEY), MOSQ_ERR_SUCCESS);
    tick(1);
    expect_presence("online");
    struct mosquitto bare = {0}, failed = {.username = "phone-1"}, unknown = {.id = "x", .username = "x"};
    leave(&bare);
    leave(&failed);
    leave(&unknown);
    tick(1);
    expect_silence();
    stop();
}

static void test_bridges_have_no_presence(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = bridge();
    assert_int_equal(login(&client, KEY), MOSQ_ERR_SUCCESS);
    leave(&client);
    tick(1);
    expect_silence();
    stop();
}

static void test_reload_2_0_passes_standing_sessions_only(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto live = phone();
    assert_int_equal(login(&live, KEY), MOSQ_ERR_SUCCESS);
    tick(1);
    expect_presence("online");
    reload();
    // Sessions: live, offline, restored from disk, of a login that is gone.
    struct mosquitto offline = phone(), restored = {.id = "gone", .username = "gone"};
    assert_int_equal(login(&live, KEY), MOSQ_ERR_SUCCESS);
    assert_int_equal(login(&offline, "old key"), MOSQ_ERR_SUCCESS);
    assert_int_equal(login(&restored, NULL), MOSQ_ERR_SUCCESS);
    // New websocket clients come in the same turn: they are not let through.
    struct mosquitto intruder = web_phone(), guest = web_phone();
    assert_int_equal(login(&intruder, "wrong"), MOSQ_ERR_AUTH);
    assert_int_equal(login(&intruder, NULL), MOSQ_ERR_AUTH);
    tick(1);
    expect_silence();
    assert_int_equal(login(&offline, "old key"), MOSQ_ERR_AUTH);
    // A websocket client that is right takes over as ever, and is a standing session in the next reload.
    reload();
    assert_int_equal(login(&guest, KEY), MOSQ_ERR_SUCCESS);
    leave(&live);
    tick(1);
    expect_presence("online");
    reload();
    assert_int_equal(login(&guest, "changed since"), MOSQ_ERR_SUCCESS);
    tick(1);
    expect_silence();
    stop();
}

static void test_reload_2_1_checks_everyone(void **unused)
{
    (void)unused;
    make_roster();
    start(EVENT_CLIENT_OFFLINE);
    tick(1);
    reload();
    struct mosquitto client = phone(), restored = {.id = "phone-1", .username = "phone-1"}, web = web_phone();
    web.address = NULL;
    assert_int_equal(login(&client, "wrong"), MOSQ_ERR_AUTH);
    assert_int_equal(login(&client, KEY), MOSQ_ERR_SUCCESS);
    assert_int_equal(login(&restored, NULL), MOSQ_ERR_SUCCESS);
    assert_int_equal(login(&web, NULL), MOSQ_ERR_AUTH);
    tick(1);
    expect_silence();
    stop();
}

static void test_presence_2_1(void **unused)
{
    (void)unused;
    make_roster();
    start(EVENT_CLIENT_OFFLINE);
    struct mosquitto first = phone(), second = phone();
    struct mosquitto_evt_disconnect connected = {.client = &first}, gone = {.client = &first};
    assert_int_equal(login(&first, KEY), MOSQ_ERR_SUCCESS);
    tick(1);
    expect_silence();
    fire(EVENT_CONNECT, &connected);
    tick(1);
    expect_presence("online");
    connected.client = &second;
    fire(EVENT_CONNECT, &connected);
    fire(EVENT_CLIENT_OFFLINE, &gone);
    tick(1);
    expect_presence("online");
    gone.client = &second;
    fire(EVENT_CLIENT_OFFLINE, &gone);
    tick(1);
    expect_presence("offline");
    struct mosquitto unknown = {.id = "x", .username = "x"};
    connected.client = &unknown;
    fire(EVENT_CONNECT, &connected);
    tick(1);
    expect_silence();
    stop();
}

static void test_rights_need_id_and_name_alike(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = phone();
    assert_int_equal(may(&client, MOSQ_ACL_READ, "sms/v1/phone-1/send"), MOSQ_ERR_SUCCESS);
    client.id = "phone-2";
    assert_int_equal(may(&client, MOSQ_ACL_READ, "sms/v1/phone-1/send"), MOSQ_ERR_ACL_DENIED);
    client.id = NULL;
    assert_int_equal(may(&client, MOSQ_ACL_READ, "sms/v1/phone-1/send"), MOSQ_ERR_ACL_DENIED);
    client = phone();
    client.username = NULL;
    assert_int_equal(may(&client, MOSQ_ACL_READ, "sms/v1/phone-1/send"), MOSQ_ERR_ACL_DENIED);
    stop();
}

static void test_operator_rights_end_with_the_option(void **unused)
{
    (void)unused;
    make_roster();
    add_login("boss", "operator");
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto boss = {.id = "boss", .username = "boss", .address = "10.0.0.1", .keepalive = 60};
    assert_int_equal(login(&boss, KEY), MOSQ_ERR_AUTH);
    assert_int_equal(may(&boss, MOSQ_ACL_READ, "sms/v1/phone-1/send"), MOSQ_ERR_ACL_DENIED);
    stop();
}

static void test_wills_and_rates(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = phone();
    assert_int_equal(login(&client, KEY), MOSQ_ERR_SUCCESS);
    for (int i = 0; i < 3; i++)
        assert_int_equal(may(&client, MOSQ_ACL_WRITE, "sms/v1/phone-1/report"), MOSQ_ERR_SUCCESS);
    assert_int_equal(may(&client, MOSQ_ACL_WRITE, "sms/v1/phone-1/report"), MOSQ_ERR_ACL_DENIED);
    broker.now_ms += 3000;
    leave(&client);
    assert_int_equal(may(&client, MOSQ_ACL_WRITE, "sms/v1/phone-1/report"), MOSQ_ERR_ACL_DENIED);
    assert_int_equal(may(&client, MOSQ_ACL_WRITE, "sms/v1/phone-1/status"), MOSQ_ERR_SUCCESS);
    struct mosquitto_evt_acl_check big = {
        .client = &client, .access = MOSQ_ACL_WRITE, .topic = "sms/v1/phone-1/status", .payloadlen = 65537};
    assert_int_equal(fire(MOSQ_EVT_ACL_CHECK, &big), MOSQ_ERR_ACL_DENIED);
    stop();
}

static void test_enhanced_authentication_is_refused(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto_evt_extended_auth ask = {.auth_method = "PLAIN"};
    assert_int_equal(fire(MOSQ_EVT_EXT_AUTH_START, &ask), MOSQ_ERR_AUTH);
    stop();
}

static void test_revoked_is_kicked_once_by_name(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = phone();
    assert_int_equal(login(&client, KEY), MOSQ_ERR_SUCCESS);
    tick(1);
    expect_presence("online");
    sql("UPDATE login SET disabled = 1 WHERE name = 'phone-1'; UPDATE roster SET generation = generation + "
        "1");
    broker.kick_ends = &client;
    tick(250);
    assert_int_equal(broker.kick_count, 1);
    assert_string_equal(broker.kicked[0], "phone-1");
    expect_presence("offline");
    assert_int_equal(may(&client, MOSQ_ACL_READ, "sms/v1/phone-1/send"), MOSQ_ERR_ACL_DENIED);
    tick(250);
    // Its removal finds nobody to kick.
    sql("DELETE FROM login WHERE name = 'phone-1'; UPDATE roster SET generation = generation + 1");
    tick(250);
    assert_int_equal(broker.kick_count, 1);
    stop();
}

static void test_kick_spares_who_came_back(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto first = phone(), second = phone(), asker = bridge();
    assert_int_equal(login(&first, KEY), MOSQ_ERR_SUCCESS);
    command(&asker, "{\"command\":\"kick\",\"device\":\"phone-1\"}");
    command(&asker, "{\"command\":\"kick\",\"device\":\"phone-1\"}");
    assert_int_equal(broker.kick_count, 0);
    assert_int_equal(login(&second, KEY), MOSQ_ERR_SUCCESS);
    leave(&first);
    tick(1);
    assert_int_equal(broker.kick_count, 0);
    command(&asker, "{\"command\":\"kick\",\"device\":\"phone-1\"}");
    tick(1);
    assert_int_equal(broker.kick_count, 1);
    stop();
}

static void test_commands_answer_the_asker(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto asker = bridge(), nobody = {0};
    command(&asker, "{\"command\":\"roster\",\"request\":\"r\"}");
    expect_silence();
    tick(1);
    assert_int_equal(broker.message_count, 1);
    assert_string_equal(broker.messages[0].client, "b");
    assert_string_equal(broker.messages[0].topic, RESPONSE);
    assert_non_null(strstr(broker.messages[0].payload, "\"request\":\"r\""));
    assert_non_null(strstr(broker.messages[0].payload, "\"generation\":3,\"logins\":2}"));
    command(&nobody, "{\"command\":\"snapshot\"}");
    assert_int_equal(broker.message_count, 1);
    stop();
}

static void test_presence_outlasts_lack_of_memory(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = phone();
    assert_int_equal(login(&client, KEY), MOSQ_ERR_SUCCESS);
    broker.fail_allocations = 1;
    tick(1);
    expect_silence();
    broker.fail_publishes = 1;
    tick(1);
    expect_silence();
    assert_int_equal(broker.allocated, 0);
    tick(1);
    expect_presence("online");
    stop();
}

static void test_replies_lost_for_lack_of_memory_are_logged(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto asker = bridge();
    broker.fail_allocations = 1;
    command(&asker, "{\"command\":\"snapshot\"}");
    broker.fail_publishes = 1;
    command(&asker, "{\"command\":\"counters\"}");
    command(&asker, "nonsense");
    assert_int_equal(broker.message_count, 1);
    assert_non_null(strstr(broker.log, "no memory for a reply command=snapshot"));
    assert_non_null(strstr(broker.log, "no memory for a reply command=counters"));
    stop();
}

static void test_log_is_bounded_and_keeps_no_keys(void **unused)
{
    (void)unused;
    make_roster();
    start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = phone(),
                     odd = {.id = "\033[31m%s%n", .username = "\033[31m%s%n", .keepalive = 60};
    odd.address = "10.0.0.1";
    assert_int_equal(login(&odd, KEY), MOSQ_ERR_AUTH);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(login(&client, "sqd_secret"), MOSQ_ERR_AUTH);
    int lines = 0;
    for (const char *at = broker.log; (at = strstr(at, "kind=login")) != NULL; at++)
        lines++;
    assert_in_range(lines, 2, 20);
    assert_null(strstr(broker.log, "sqd_"));
    assert_null(strchr(broker.log, '\033'));
    stop();
}

#define LOADED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOADED(test_registers_on_2_0_and_2_1),
        LOADED(test_a_refused_callback_stops_the_start),
        LOADED(test_bad_options_stop_the_start),
        LOADED(test_exports_nothing_else),
        LOADED(test_closed_silently_until_there_is_a_table),
        LOADED(test_looks_at_most_four_times_a_second),
        LOADED(test_no_ticks_no_logins),
        LOADED(test_takeover_2_0),
        LOADED(test_changes_of_one_turn_are_one_message),
        LOADED(test_strangers_leave_quietly),
        LOADED(test_bridges_have_no_presence),
        LOADED(test_reload_2_0_passes_standing_sessions_only),
        LOADED(test_reload_2_1_checks_everyone),
        LOADED(test_presence_2_1),
        LOADED(test_rights_need_id_and_name_alike),
        LOADED(test_operator_rights_end_with_the_option),
        LOADED(test_wills_and_rates),
        LOADED(test_enhanced_authentication_is_refused),
        LOADED(test_revoked_is_kicked_once_by_name),
        LOADED(test_kick_spares_who_came_back),
        LOADED(test_commands_answer_the_asker),
        LOADED(test_presence_outlasts_lack_of_memory),
        LOADED(test_replies_lost_for_lack_of_memory_are_logged),
        LOADED(test_log_is_bounded_and_keeps_no_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
