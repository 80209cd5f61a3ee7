// The fake broker's side of the plugin interface, and the events that it is told to fire.
#include "plugin_fake.h"

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
#include <openssl/sha.h>
#include <sqlite3.h>

struct fake fake;
struct fake_plugin fake_plugin;

static char folder[32];

// --- what the broker offers to plugins

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int64_t ms = fake.now_ms + (clock == CLOCK_REALTIME ? 1700000000000 : 0);
    *now = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    return 0;
}

int mosquitto_callback_register(mosquitto_plugin_id_t *identifier, int event,
                                MOSQ_FUNC_generic_callback callback, const void *event_data, void *userdata)
{
    (void)identifier;
    if (event == fake.refuse_event)
        return MOSQ_ERR_NOMEM;
    if (event > fake.last_event)
        return MOSQ_ERR_NOT_SUPPORTED;
    fake.userdata = userdata;
    if (event == MOSQ_EVT_CONTROL && strcmp(event_data, TOPIC_BATCH) == 0) {
        fake.batch_callback = callback;
        return MOSQ_ERR_SUCCESS;
    }
    if (event == MOSQ_EVT_CONTROL)
        assert_string_equal(event_data, TOPIC_CONTROL);
    fake.callbacks[event] = callback;
    return MOSQ_ERR_SUCCESS;
}

void *mosquitto_realloc(void *memory, size_t bytes)
{
    if (fake.fail_allocations > 0) {
        fake.fail_allocations--;
        return NULL;
    }
    void *fresh = realloc(memory, bytes);
    fake.allocated += memory == NULL && fresh != NULL;
    return fresh;
}

void *mosquitto_malloc(size_t bytes)
{
    return mosquitto_realloc(NULL, bytes);
}

void mosquitto_free(void *memory)
{
    fake.allocated -= memory != NULL;
    free(memory);
}

void mosquitto_log_printf(int level, const char *format, ...)
{
    (void)level;
    size_t length = strlen(fake.log);
    va_list args;
    va_start(args, format);
    vsnprintf(fake.log + length, sizeof fake.log - length, format, args);
    va_end(args);
    strncat(fake.log, "\n", sizeof fake.log - strlen(fake.log) - 1);
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
    if (fake.fail_publishes > 0) {
        fake.fail_publishes--;
        return MOSQ_ERR_NOMEM;
    }
    assert_false(retain);
    assert_null(properties);
    assert_true(fake.message_count < FAKE_MESSAGES);
    struct fake_message *message = &fake.messages[fake.message_count++];
    snprintf(message->client, sizeof message->client, "%s", clientid == NULL ? "" : clientid);
    snprintf(message->topic, sizeof message->topic, "%s", topic);
    snprintf(message->payload, sizeof message->payload, "%.*s", payloadlen, (char *)payload);
    message->qos = qos;
    mosquitto_free(payload);
    return MOSQ_ERR_SUCCESS;
}

int fake_fire(int event, void *data)
{
    assert_non_null(fake.callbacks[event]);
    return fake.callbacks[event](event, data, fake.userdata);
}

void fake_leave(struct mosquitto *client)
{
    struct mosquitto_evt_disconnect news = {.client = client, .reason = -1};
    assert_int_equal(fake_fire(MOSQ_EVT_DISCONNECT, &news), MOSQ_ERR_SUCCESS);
}

int mosquitto_kick_client_by_username(const char *username, bool with_will)
{
    assert_false(with_will);
    snprintf(fake.kicked[fake.kick_count++], sizeof fake.kicked[0], "%s", username);
    if (fake.kick_ends != NULL)
        fake_leave(fake.kick_ends);
    return MOSQ_ERR_SUCCESS;
}

// --- what the broker does to plugins

void fake_sql(const char *statements)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(fake.roster_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, statements, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

void fake_add_login(const char *name, const char *role)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    char statement[512];
    SHA256((const unsigned char *)FAKE_KEY, strlen(FAKE_KEY), hash);
    int at = snprintf(statement, sizeof statement,
                      "UPDATE roster SET generation = generation + 1;"
                      "INSERT INTO login VALUES ('%s', '%s', x'",
                      name, role);
    for (size_t i = 0; i < sizeof hash; i++)
        at += snprintf(statement + at, sizeof statement - (size_t)at, "%02x", hash[i]);
    snprintf(statement + at, sizeof statement - (size_t)at, "', 0)");
    fake_sql(statement);
}

void fake_start(int last_event)
{
    static char keys[][16] = {"roster", "bridge_socket", "uplink_rate", "uplink_burst"};
    static char values[][16] = {"/broker.sock", "1", "3"};
    struct mosquitto_opt options[] = {
        {keys[0], fake.roster_path}, {keys[1], values[0]}, {keys[2], values[1]}, {keys[3], values[2]}};
    const int supported[] = {2, 3, 4, 5};
    assert_int_equal(fake_plugin.version(4, supported), 5);
    assert_int_equal(fake_plugin.version(3, supported), -1);
    fake.last_event = last_event;
    assert_int_equal(fake_plugin.init(NULL, &fake.userdata, options, 4), MOSQ_ERR_SUCCESS);
}

void fake_stop(void)
{
    assert_int_equal(fake_plugin.cleanup(fake.userdata, NULL, 0), MOSQ_ERR_SUCCESS);
    assert_int_equal(fake.allocated, 0);
}

// One turn of the broker's loop, after some time.
void fake_tick(int64_t after_ms)
{
    struct mosquitto_evt_tick event = {0};
    fake.now_ms += after_ms;
    assert_int_equal(fake_fire(MOSQ_EVT_TICK, &event), MOSQ_ERR_SUCCESS);
    assert_in_range(event.next_ns, 100, 250);
}

int fake_login(struct mosquitto *client, const char *key)
{
    struct mosquitto_evt_basic_auth ask = {
        .client = client, .username = (char *)client->username, .password = (char *)key};
    return fake_fire(MOSQ_EVT_BASIC_AUTH, &ask);
}

int fake_may(struct mosquitto *client, int access, const char *topic)
{
    struct mosquitto_evt_acl_check ask = {.client = client, .access = access, .topic = topic};
    return fake_fire(MOSQ_EVT_ACL_CHECK, &ask);
}

void fake_reload(void)
{
    struct mosquitto_evt_reload event = {0};
    assert_int_equal(fake_fire(MOSQ_EVT_RELOAD, &event), MOSQ_ERR_SUCCESS);
}

void fake_command(struct mosquitto *client, const char *payload)
{
    struct mosquitto_evt_control ask = {.client = client,
                                        .topic = TOPIC_CONTROL,
                                        .payload = payload,
                                        .payloadlen = (uint32_t)strlen(payload)};
    assert_int_equal(fake_fire(MOSQ_EVT_CONTROL, &ask), MOSQ_ERR_SUCCESS);
}

void fake_batch(struct mosquitto *client, const char *payload)
{
    struct mosquitto_evt_control ask = {
        .client = client, .topic = TOPIC_BATCH, .payload = payload, .payloadlen = (uint32_t)strlen(payload)};
    assert_int_equal(fake.batch_callback(MOSQ_EVT_CONTROL, &ask, fake.userdata), MOSQ_ERR_SUCCESS);
}

struct mosquitto fake_phone(void)
{
    return (struct mosquitto){.id = "phone-1", .username = "phone-1", .address = "10.0.0.1", .keepalive = 60};
}

struct mosquitto fake_web_phone(void)
{
    struct mosquitto client = fake_phone();
    client.protocol = mp_websockets;
    return client;
}

struct mosquitto fake_bridge(void)
{
    return (struct mosquitto){.id = "b", .username = "b", .address = "/broker.sock", .keepalive = 60};
}

// --- a folder and a load of the plugin for each test

int fake_set_up(void **unused)
{
    (void)unused;
    memset(&fake, 0, sizeof fake);
    fake.now_ms = 1000000;
    stpcpy(folder, "/tmp/smsq-load-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(fake.roster_path, sizeof fake.roster_path, "%s/roster.db", folder);
    fake.library = dlopen(PLUGIN_PATH, RTLD_NOW | RTLD_GLOBAL);
    if (fake.library == NULL)
        fail_msg("%s", dlerror());
    *(void **)&fake_plugin.version = dlsym(fake.library, "mosquitto_plugin_version");
    *(void **)&fake_plugin.init = dlsym(fake.library, "mosquitto_plugin_init");
    *(void **)&fake_plugin.cleanup = dlsym(fake.library, "mosquitto_plugin_cleanup");
    assert_true(fake_plugin.version != NULL && fake_plugin.init != NULL && fake_plugin.cleanup != NULL);
    return 0;
}

void fake_make_roster(void)
{
    fake_sql("CREATE TABLE roster (generation INTEGER); INSERT INTO roster VALUES (1);"
             "CREATE TABLE login (name TEXT PRIMARY KEY, role TEXT, key_hash BLOB, disabled INTEGER);"
             "PRAGMA user_version = 1;");
    fake_add_login("phone-1", "device");
    fake_add_login("b", "bridge");
}

int fake_tear_down(void **unused)
{
    (void)unused;
    dlclose(fake.library);
    unlink(fake.roster_path);
    rmdir(folder);
    return 0;
}
