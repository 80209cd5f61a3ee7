// The real plugin, loaded into a broker of fakes: events in any order, brokers of 2.0 and 2.1, failing
// memory.
#include "plugin_fake.h"

#include "common/topic.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <mosquitto.h>
#include <sqlite3.h>

#define RESPONSE TOPIC_CONTROL "/response"

// The next message must be this presence of phone-1.
static void expect_presence(const char *state)
{
    char begin[64];
    assert_true(fake.message_count > 0);
    struct fake_message *message = &fake.messages[0];
    snprintf(begin, sizeof begin, "{\"device\":\"phone-1\",\"state\":\"%s\",\"at\":17000", state);
    assert_string_equal(message->topic, "sms/v1/phone-1/presence");
    assert_string_equal(message->client, "");
    assert_memory_equal(message->payload, begin, strlen(begin));
    memmove(fake.messages, fake.messages + 1, sizeof fake.messages - sizeof fake.messages[0]);
    fake.message_count--;
}

static void expect_silence(void)
{
    assert_int_equal(fake.message_count, 0);
}

static void test_registers_on_2_0_and_2_1(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    const int events[] = {MOSQ_EVT_RELOAD,  MOSQ_EVT_ACL_CHECK, MOSQ_EVT_BASIC_AUTH, MOSQ_EVT_EXT_AUTH_START,
                          MOSQ_EVT_CONTROL, MOSQ_EVT_TICK,      MOSQ_EVT_DISCONNECT};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        assert_non_null(fake.callbacks[events[i]]);
    assert_null(fake.callbacks[FAKE_EVENT_CONNECT]);
    fake_stop();
    fake_start(FAKE_EVENT_CLIENT_OFFLINE);
    assert_non_null(fake.callbacks[FAKE_EVENT_CONNECT]);
    assert_non_null(fake.callbacks[FAKE_EVENT_CLIENT_OFFLINE]);
    fake_stop();
}

static void test_a_refused_callback_stops_the_start(void **unused)
{
    (void)unused;
    char key[] = "roster";
    struct mosquitto_opt options[] = {{key, fake.roster_path}};
    void *userdata = NULL;
    const int events[] = {MOSQ_EVT_RELOAD, MOSQ_EVT_ACL_CHECK, MOSQ_EVT_BASIC_AUTH, MOSQ_EVT_TICK,
                          FAKE_EVENT_CONNECT};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        fake.last_event = FAKE_EVENT_CLIENT_OFFLINE;
        fake.refuse_event = events[i];
        assert_int_equal(fake_plugin.init(NULL, &userdata, options, 1), MOSQ_ERR_NOMEM);
    }
}

static void test_bad_options_stop_the_start(void **unused)
{
    (void)unused;
    void *userdata = NULL;
    assert_int_equal(fake_plugin.init(NULL, &userdata, NULL, 0), MOSQ_ERR_INVAL);
    assert_non_null(strstr(fake.log, "option roster is missing"));
}

static void test_exports_nothing_else(void **unused)
{
    (void)unused;
    const char *const hidden[] = {"tick_on_tick", "roster_find", "topic_parse", "secret_hash",
                                  "control_on_request"};
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        assert_null(dlsym(fake.library, hidden[i]));
}

static void test_closed_silently_until_there_is_a_table(void **unused)
{
    (void)unused;
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = fake_phone();
    int code = fake_login(&client, FAKE_KEY);
    assert_true(code != MOSQ_ERR_SUCCESS && code != MOSQ_ERR_AUTH && code != MOSQ_ERR_ACL_DENIED &&
                code != MOSQ_ERR_PLUGIN_DEFER);
    assert_int_equal(fake_may(&client, MOSQ_ACL_SUBSCRIBE, "sms/v1/phone-1/send"), MOSQ_ERR_ACL_DENIED);
    fake_make_roster();
    fake_tick(0);
    assert_int_equal(fake_login(&client, FAKE_KEY), MOSQ_ERR_SUCCESS);
    assert_int_equal(fake_login(&client, "wrong"), MOSQ_ERR_AUTH);
    fake_stop();
}

static void test_looks_at_most_four_times_a_second(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    fake_tick(0);
    struct mosquitto client = {.id = "new", .username = "new", .address = "10.0.0.1", .keepalive = 60};
    fake_add_login("new", "device");
    for (int i = 0; i < 249; i++) {
        fake_tick(1);
        assert_int_equal(fake_login(&client, FAKE_KEY), MOSQ_ERR_AUTH);
    }
    fake_tick(1);
    assert_int_equal(fake_login(&client, FAKE_KEY), MOSQ_ERR_SUCCESS);
    fake_stop();
}

static void test_no_ticks_no_logins(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = fake_phone();
    fake.now_ms += 10000;
    assert_int_equal(fake_login(&client, FAKE_KEY), MOSQ_ERR_SUCCESS);
    fake.now_ms += 1;
    assert_int_equal(fake_login(&client, FAKE_KEY), MOSQ_ERR_UNKNOWN);
    // And a reload, which ticks would end, opens nothing.
    fake_reload();
    assert_int_equal(fake_login(&client, "wrong"), MOSQ_ERR_UNKNOWN);
    fake_stop();
}

static void test_takeover_2_0(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto first = fake_phone(), second = fake_phone();
    assert_int_equal(fake_login(&first, FAKE_KEY), MOSQ_ERR_SUCCESS);
    expect_silence();
    fake_tick(1);
    expect_presence("online");
    assert_int_equal(fake_login(&second, FAKE_KEY), MOSQ_ERR_SUCCESS);
    fake_leave(&first);
    fake_tick(1);
    expect_presence("online");
    fake_leave(&first);
    fake_tick(1);
    expect_silence();
    fake_leave(&second);
    fake_tick(1);
    expect_presence("offline");
    expect_silence();
    fake_stop();
}

static void test_changes_of_one_turn_are_one_message(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = fake_phone();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(fake_login(&client, FAKE_KEY), MOSQ_ERR_SUCCESS);
        fake_leave(&client);
    }
    fake_tick(1);
    expect_presence("offline");
    expect_silence();
    fake_stop();
}

static void test_strangers_leave_quietly(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = fake_phone();
    assert_int_equal(fake_login(&client, FAKE_KEY), MOSQ_ERR_SUCCESS);
    fake_tick(1);
    expect_presence("online");
    struct mosquitto bare = {0}, failed = {.username = "phone-1"}, unknown = {.id = "x", .username = "x"};
    fake_leave(&bare);
    fake_leave(&failed);
    fake_leave(&unknown);
    fake_tick(1);
    expect_silence();
    fake_stop();
}

static void test_bridges_have_no_presence(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = fake_bridge();
    assert_int_equal(fake_login(&client, FAKE_KEY), MOSQ_ERR_SUCCESS);
    fake_leave(&client);
    fake_tick(1);
    expect_silence();
    fake_stop();
}

static void test_reload_2_0_passes_standing_sessions_only(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto live = fake_phone();
    assert_int_equal(fake_login(&live, FAKE_KEY), MOSQ_ERR_SUCCESS);
    fake_tick(1);
    expect_presence("online");
    fake_reload();
    // Sessions: live, offline, restored from disk, of a login that is gone.
    struct mosquitto offline = fake_phone(), restored = {.id = "gone", .username = "gone"};
    assert_int_equal(fake_login(&live, FAKE_KEY), MOSQ_ERR_SUCCESS);
    assert_int_equal(fake_login(&offline, "old key"), MOSQ_ERR_SUCCESS);
    assert_int_equal(fake_login(&restored, NULL), MOSQ_ERR_SUCCESS);
    // New websocket clients come in the same turn: they are not let through.
    struct mosquitto intruder = fake_web_phone(), guest = fake_web_phone();
    assert_int_equal(fake_login(&intruder, "wrong"), MOSQ_ERR_AUTH);
    assert_int_equal(fake_login(&intruder, NULL), MOSQ_ERR_AUTH);
    fake_tick(1);
    expect_silence();
    assert_int_equal(fake_login(&offline, "old key"), MOSQ_ERR_AUTH);
    // A websocket client that is right takes over as ever, and is a standing session in the next reload.
    fake_reload();
    assert_int_equal(fake_login(&guest, FAKE_KEY), MOSQ_ERR_SUCCESS);
    fake_leave(&live);
    fake_tick(1);
    expect_presence("online");
    fake_reload();
    assert_int_equal(fake_login(&guest, "changed since"), MOSQ_ERR_SUCCESS);
    fake_tick(1);
    expect_silence();
    fake_stop();
}

static void test_reload_2_1_checks_everyone(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(FAKE_EVENT_CLIENT_OFFLINE);
    fake_tick(1);
    fake_reload();
    struct mosquitto client = fake_phone(), restored = {.id = "phone-1", .username = "phone-1"},
                     web = fake_web_phone();
    web.address = NULL;
    assert_int_equal(fake_login(&client, "wrong"), MOSQ_ERR_AUTH);
    assert_int_equal(fake_login(&client, FAKE_KEY), MOSQ_ERR_SUCCESS);
    assert_int_equal(fake_login(&restored, NULL), MOSQ_ERR_SUCCESS);
    assert_int_equal(fake_login(&web, NULL), MOSQ_ERR_AUTH);
    fake_tick(1);
    expect_silence();
    fake_stop();
}

static void test_presence_2_1(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(FAKE_EVENT_CLIENT_OFFLINE);
    struct mosquitto first = fake_phone(), second = fake_phone();
    struct mosquitto_evt_disconnect connected = {.client = &first}, gone = {.client = &first};
    assert_int_equal(fake_login(&first, FAKE_KEY), MOSQ_ERR_SUCCESS);
    fake_tick(1);
    expect_silence();
    fake_fire(FAKE_EVENT_CONNECT, &connected);
    fake_tick(1);
    expect_presence("online");
    connected.client = &second;
    fake_fire(FAKE_EVENT_CONNECT, &connected);
    fake_fire(FAKE_EVENT_CLIENT_OFFLINE, &gone);
    fake_tick(1);
    expect_presence("online");
    gone.client = &second;
    fake_fire(FAKE_EVENT_CLIENT_OFFLINE, &gone);
    fake_tick(1);
    expect_presence("offline");
    struct mosquitto unknown = {.id = "x", .username = "x"};
    connected.client = &unknown;
    fake_fire(FAKE_EVENT_CONNECT, &connected);
    fake_tick(1);
    expect_silence();
    fake_stop();
}

static void test_rights_need_id_and_name_alike(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = fake_phone();
    assert_int_equal(fake_may(&client, MOSQ_ACL_READ, "sms/v1/phone-1/send"), MOSQ_ERR_SUCCESS);
    client.id = "phone-2";
    assert_int_equal(fake_may(&client, MOSQ_ACL_READ, "sms/v1/phone-1/send"), MOSQ_ERR_ACL_DENIED);
    client.id = NULL;
    assert_int_equal(fake_may(&client, MOSQ_ACL_READ, "sms/v1/phone-1/send"), MOSQ_ERR_ACL_DENIED);
    client = fake_phone();
    client.username = NULL;
    assert_int_equal(fake_may(&client, MOSQ_ACL_READ, "sms/v1/phone-1/send"), MOSQ_ERR_ACL_DENIED);
    fake_stop();
}

static void test_operator_rights_end_with_the_option(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_add_login("boss", "operator");
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto boss = {.id = "boss", .username = "boss", .address = "10.0.0.1", .keepalive = 60};
    assert_int_equal(fake_login(&boss, FAKE_KEY), MOSQ_ERR_AUTH);
    assert_int_equal(fake_may(&boss, MOSQ_ACL_READ, "sms/v1/phone-1/send"), MOSQ_ERR_ACL_DENIED);
    fake_stop();
}

static void test_wills_and_rates(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = fake_phone();
    assert_int_equal(fake_login(&client, FAKE_KEY), MOSQ_ERR_SUCCESS);
    for (int i = 0; i < 3; i++)
        assert_int_equal(fake_may(&client, MOSQ_ACL_WRITE, "sms/v1/phone-1/report"), MOSQ_ERR_SUCCESS);
    assert_int_equal(fake_may(&client, MOSQ_ACL_WRITE, "sms/v1/phone-1/report"), MOSQ_ERR_ACL_DENIED);
    fake.now_ms += 3000;
    fake_leave(&client);
    assert_int_equal(fake_may(&client, MOSQ_ACL_WRITE, "sms/v1/phone-1/report"), MOSQ_ERR_ACL_DENIED);
    assert_int_equal(fake_may(&client, MOSQ_ACL_WRITE, "sms/v1/phone-1/status"), MOSQ_ERR_SUCCESS);
    struct mosquitto_evt_acl_check big = {
        .client = &client, .access = MOSQ_ACL_WRITE, .topic = "sms/v1/phone-1/status", .payloadlen = 65537};
    assert_int_equal(fake_fire(MOSQ_EVT_ACL_CHECK, &big), MOSQ_ERR_ACL_DENIED);
    fake_stop();
}

static void test_enhanced_authentication_is_refused(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto_evt_extended_auth ask = {.auth_method = "PLAIN"};
    assert_int_equal(fake_fire(MOSQ_EVT_EXT_AUTH_START, &ask), MOSQ_ERR_AUTH);
    fake_stop();
}

static void test_revoked_is_kicked_once_by_name(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = fake_phone();
    assert_int_equal(fake_login(&client, FAKE_KEY), MOSQ_ERR_SUCCESS);
    fake_tick(1);
    expect_presence("online");
    fake_sql(
        "UPDATE login SET disabled = 1 WHERE name = 'phone-1'; UPDATE roster SET generation = generation + "
        "1");
    fake.kick_ends = &client;
    fake_tick(250);
    assert_int_equal(fake.kick_count, 1);
    assert_string_equal(fake.kicked[0], "phone-1");
    expect_presence("offline");
    assert_int_equal(fake_may(&client, MOSQ_ACL_READ, "sms/v1/phone-1/send"), MOSQ_ERR_ACL_DENIED);
    fake_tick(250);
    // Its removal finds nobody to kick.
    fake_sql("DELETE FROM login WHERE name = 'phone-1'; UPDATE roster SET generation = generation + 1");
    fake_tick(250);
    assert_int_equal(fake.kick_count, 1);
    fake_stop();
}

static void test_kick_spares_who_came_back(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto first = fake_phone(), second = fake_phone(), asker = fake_bridge();
    assert_int_equal(fake_login(&first, FAKE_KEY), MOSQ_ERR_SUCCESS);
    fake_command(&asker, "{\"command\":\"kick\",\"device\":\"phone-1\"}");
    fake_command(&asker, "{\"command\":\"kick\",\"device\":\"phone-1\"}");
    assert_int_equal(fake.kick_count, 0);
    assert_int_equal(fake_login(&second, FAKE_KEY), MOSQ_ERR_SUCCESS);
    fake_leave(&first);
    fake_tick(1);
    assert_int_equal(fake.kick_count, 0);
    fake_command(&asker, "{\"command\":\"kick\",\"device\":\"phone-1\"}");
    fake_tick(1);
    assert_int_equal(fake.kick_count, 1);
    fake_stop();
}

static void test_commands_answer_the_asker(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto asker = fake_bridge(), nobody = {0};
    fake_command(&asker, "{\"command\":\"roster\",\"request\":\"r\"}");
    expect_silence();
    fake_tick(1);
    assert_int_equal(fake.message_count, 1);
    assert_string_equal(fake.messages[0].client, "b");
    assert_string_equal(fake.messages[0].topic, RESPONSE);
    assert_non_null(strstr(fake.messages[0].payload, "\"request\":\"r\""));
    assert_non_null(strstr(fake.messages[0].payload, "\"generation\":3,\"logins\":2}"));
    fake_command(&nobody, "{\"command\":\"snapshot\"}");
    assert_int_equal(fake.message_count, 1);
    fake_stop();
}

static void test_presence_outlasts_lack_of_memory(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = fake_phone();
    assert_int_equal(fake_login(&client, FAKE_KEY), MOSQ_ERR_SUCCESS);
    fake.fail_allocations = 1;
    fake_tick(1);
    expect_silence();
    fake.fail_publishes = 1;
    fake_tick(1);
    expect_silence();
    assert_int_equal(fake.allocated, 0);
    fake_tick(1);
    expect_presence("online");
    fake_stop();
}

static void test_replies_lost_for_lack_of_memory_are_logged(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto asker = fake_bridge();
    fake.fail_allocations = 1;
    fake_command(&asker, "{\"command\":\"snapshot\"}");
    fake.fail_publishes = 1;
    fake_command(&asker, "{\"command\":\"counters\"}");
    fake_command(&asker, "nonsense");
    assert_int_equal(fake.message_count, 1);
    assert_non_null(strstr(fake.log, "no memory for a reply command=snapshot"));
    assert_non_null(strstr(fake.log, "no memory for a reply command=counters"));
    fake_stop();
}

static void test_log_is_bounded_and_keeps_no_keys(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = fake_phone(),
                     odd = {.id = "\033[31m%s%n", .username = "\033[31m%s%n", .keepalive = 60};
    odd.address = "10.0.0.1";
    assert_int_equal(fake_login(&odd, FAKE_KEY), MOSQ_ERR_AUTH);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(fake_login(&client, "sqd_secret"), MOSQ_ERR_AUTH);
    int lines = 0;
    for (const char *at = fake.log; (at = strstr(at, "kind=login")) != NULL; at++)
        lines++;
    assert_in_range(lines, 2, 20);
    assert_null(strstr(fake.log, "sqd_"));
    assert_null(strchr(fake.log, '\033'));
    fake_stop();
}

static int count_lines(const char *words)
{
    int lines = 0;
    for (const char *at = fake.log; (at = strstr(at, words)) != NULL; at++)
        lines++;
    return lines;
}

static void test_a_lasting_problem_is_logged_now_and_then(void **unused)
{
    (void)unused;
    fake_start(MOSQ_EVT_DISCONNECT);
    for (int i = 0; i < 240; i++)
        fake_tick(250);
    assert_int_equal(count_lines("roster not read reason=\"no file\" table=none"), 2);
    fake_make_roster();
    fake_tick(250);
    assert_int_equal(count_lines("roster loaded generation=3 logins=2 skipped=0"), 1);
    sqlite3 *writer;
    assert_int_equal(sqlite3_open(fake.roster_path, &writer), SQLITE_OK);
    assert_int_equal(sqlite3_exec(writer, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    for (int i = 0; i < 40; i++)
        fake_tick(250);
    assert_int_equal(count_lines("locked"), 0);
    fake_tick(250);
    assert_int_equal(count_lines("reason=\"database is locked\" table=kept"), 1);
    sqlite3_close(writer);
    fake_stop();
}

static void test_withheld_refusals_are_told_in_the_end(void **unused)
{
    (void)unused;
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    struct mosquitto client = fake_phone();
    for (int i = 0; i < 25; i++)
        assert_int_equal(fake_login(&client, "wrong"), MOSQ_ERR_AUTH);
    fake_tick(250);
    assert_int_equal(count_lines("withheld=5"), 0);
    fake_tick(10000);
    assert_int_equal(count_lines("more refusals withheld=5"), 1);
    fake_tick(10000);
    assert_int_equal(count_lines("more refusals"), 1);
    fake_stop();
}

#define LOADED(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

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
        LOADED(test_a_lasting_problem_is_logged_now_and_then),
        LOADED(test_withheld_refusals_are_told_in_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
