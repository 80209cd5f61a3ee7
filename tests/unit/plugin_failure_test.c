// The real plugin in a broker whose memory runs out: the n-th allocation of the plugin, of the broker for it,
// or of its SQLite fails, for n = 1, 2, 3 and so on until all went well. Nobody may be refused for good, be
// let in and then forgotten, or be told half of something; and what comes next must work. jansson is left
// alone: json_loadb of 2.14 crashes by itself when it gets no memory.
#include "plugin_fake.h"

#include "common/topic.h"
#include "tests/unit/cases.h"
#include "tests/unit/failing.h"

#include <mosquitto.h>
#include <stdio.h>
#include <string.h>

enum { LOOK_MS = 250, MANY = 600, NAME_SIZE = 8, TRIES_MAX = 1000 };

static struct mosquitto phone, bridge, crowd[MANY];
static char crowd_names[MANY][NAME_SIZE];
static int answered; // by the plugin, to what was done last

// What is tried: before and do_it and check are called in a plugin that has just been started (unless
// starts), with memory failing for do_it alone.
struct scene {
    const char *name;
    int last_event; // of the broker
    bool starts;
    void (*before)(void);
    void (*do_it)(void);
    void (*check)(bool failed);
};

static const char *last_message(void)
{
    return fake.message_count > 0 ? fake.messages[fake.message_count - 1].payload : "";
}

// What 2.1 says behind a login.
static void connect_event(void)
{
    struct mosquitto_evt_disconnect news = {.client = &phone};
    if (fake.last_event >= FAKE_EVENT_CONNECT)
        assert_int_equal(fake_fire(FAKE_EVENT_CONNECT, &news), MOSQ_ERR_SUCCESS);
}

static void enter(void)
{
    assert_int_equal(fake_login(&phone, FAKE_KEY), MOSQ_ERR_SUCCESS);
    connect_event();
}

// The phone is there for all: it may speak, and the bridges know of it.
static void expect_present(void)
{
    fake_tick(LOOK_MS);
    assert_non_null(strstr(last_message(), "\"state\":\"online\""));
    assert_int_equal(fake_may(&phone, MOSQ_ACL_WRITE, "sms/v1/phone-1/report"), MOSQ_ERR_SUCCESS);
}

static void do_nothing(void)
{
}

static void start(void)
{
    static char key[] = "roster";
    struct mosquitto_opt options[] = {{key, fake.roster_path}};
    answered = fake_plugin.init(NULL, &fake.userdata, options, 1);
}

static void check_start(bool failed)
{
    if (answered != MOSQ_ERR_SUCCESS) {
        assert_true(failed && (answered == MOSQ_ERR_NOMEM || answered == MOSQ_ERR_INVAL));
        fake_start(MOSQ_EVT_DISCONNECT);
    }
    fake_tick(0);
    fake_tick(LOOK_MS);
    enter();
    expect_present();
}

static void login(void)
{
    answered = fake_login(&phone, FAKE_KEY);
}

static void check_login(bool failed)
{
    CHECK(answered == MOSQ_ERR_SUCCESS || (failed && answered == MOSQ_ERR_UNKNOWN), "answered %d", answered);
    if (answered != MOSQ_ERR_SUCCESS)
        assert_int_equal(fake_login(&phone, FAKE_KEY), MOSQ_ERR_SUCCESS);
    connect_event();
    expect_present();
}

static void check_connect(bool failed)
{
    (void)failed;
    expect_present();
}

static void refuse(void)
{
    answered = fake_login(&phone, "wrong");
}

static void check_refused(bool failed)
{
    (void)failed;
    assert_int_equal(answered, MOSQ_ERR_AUTH);
    enter();
    expect_present();
}

static void tick(void)
{
    fake_tick(LOOK_MS);
}

static void check_told(bool failed)
{
    assert_true(failed || fake.message_count == 1);
    fake_tick(1);
    assert_int_equal(fake.message_count, 1);
    expect_present();
}

static void enter_and_tell(void)
{
    enter();
    tick();
}

static void leave(void)
{
    fake_leave(&phone);
    tick();
}

static void check_left(bool failed)
{
    (void)failed;
    fake_tick(LOOK_MS);
    assert_non_null(strstr(last_message(), "\"state\":\"offline\""));
}

static void speak(void)
{
    answered = fake_may(&phone, MOSQ_ACL_WRITE, "sms/v1/phone-1/report");
    assert_int_equal(fake_may(&phone, MOSQ_ACL_WRITE, "sms/v1/phone-2/report"), MOSQ_ERR_ACL_DENIED);
}

static void check_spoke(bool failed)
{
    (void)failed;
    assert_int_equal(answered, MOSQ_ERR_SUCCESS);
    expect_present();
}

// The phone goes and another comes, which both need the table to be read anew.
static void change_roster(void)
{
    enter_and_tell();
    fake_sql("DELETE FROM login WHERE name = 'phone-1'");
    fake_add_login("new", "device");
}

static void check_roster(bool failed)
{
    struct mosquitto new = {.id = "new", .username = "new", .address = "10.0.0.2", .keepalive = 60};
    bool old_table = fake_may(&phone, MOSQ_ACL_SUBSCRIBE, "sms/v1/phone-1/send") == MOSQ_ERR_SUCCESS;
    assert_true(failed || !old_table);
    assert_int_equal(fake_login(&new, FAKE_KEY), old_table ? MOSQ_ERR_AUTH : MOSQ_ERR_SUCCESS);
    fake_tick(LOOK_MS);
    assert_int_equal(fake.kick_count, 1);
    assert_string_equal(fake.kicked[0], "phone-1");
    assert_int_equal(fake_login(&phone, FAKE_KEY), MOSQ_ERR_AUTH);
    assert_int_equal(fake_login(&new, FAKE_KEY), MOSQ_ERR_SUCCESS);
}

// So many that telling all of them takes two pages.
static void enter_many(void)
{
    char sql[300];
    snprintf(
        sql, sizeof(sql),
        "WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO login"
        " SELECT printf('p%%d', i), role, key_hash, 0 FROM n, login WHERE name = 'phone-1';"
        "UPDATE roster SET generation = generation + 1",
        MANY - 1);
    fake_sql(sql);
    fake_tick(LOOK_MS);
    for (int i = 0; i < MANY; i++) {
        crowd[i] = fake_phone();
        snprintf(crowd_names[i], NAME_SIZE, "p%d", i);
        crowd[i].id = crowd[i].username = crowd_names[i];
        assert_int_equal(fake_login(&crowd[i], FAKE_KEY), MOSQ_ERR_SUCCESS);
    }
}

static void ask_snapshot(void)
{
    fake_command(&bridge, "{\"command\":\"snapshot\",\"request\":\"r\"}");
}

// Whoever has the last page must have had all before it.
static void check_pages(bool failed)
{
    for (int i = 0; i < fake.message_count; i++) {
        char page[32];
        snprintf(page, sizeof(page), "\"page\":%d,", i);
        CHECK(strstr(fake.messages[i].payload, page) != NULL, "%d: %s", i, fake.messages[i].payload);
    }
    assert_true(failed || fake.message_count == 2);
    fake.message_count = 0;
    ask_snapshot();
    assert_int_equal(fake.message_count, 2);
}

static void ask_all(void)
{
    fake_command(&bridge, "{\"command\":\"kick\",\"device\":\"phone-1\"}");
    fake_command(&bridge, "{\"command\":\"counters\"}");
    fake_command(&bridge, "{\"command\":\"roster\"}");
    fake_command(&bridge, "{\"command\":\"what\"}");
    fake_tick(1);
}

static void check_answers(bool failed)
{
    assert_int_equal(fake.kick_count, 1);
    CHECK(failed || fake.message_count == 4, "%d answers", fake.message_count);
    fake.message_count = 0;
    ask_all();
    assert_int_equal(fake.message_count, 4);
}

// Texts for one that is there and for one that is not, and a receipt behind them.
static void pass_batch(void)
{
    fake_batch(&bridge, "7\nsms/v1/phone-1/send 1 first\nsms/v1/away/send 1 lost\n"
                        "sms/v1/phone-1/send 2 second\nsms/v1/phone-1/receipt 0 last\n");
}

// What is not there was not told either; nothing overtakes it, and what is there is whole.
static void check_batch(bool failed)
{
    static const char *const PAYLOADS[] = {"first", "second", "last"};
    int count = fake.message_count, taken = -1;
    if (count > 0 && strncmp(last_message(), "{\"command\"", 10) == 0) {
        const char *part = strstr(last_message(), "],\"taken\":");
        assert_non_null(part);
        taken = part[10] - '0';
        count--;
    }
    for (int i = 0; i < count; i++)
        assert_string_equal(fake.messages[i].payload, PAYLOADS[i]);
    CHECK(taken < 0 ? failed : count == taken - (taken > 1), "%d published, %d told", count, taken);
    CHECK(failed || taken == 4, "%d taken", taken);
    fake.message_count = 0;
    pass_batch();
    assert_int_equal(fake.message_count, 4);
}

static void try_scene(unsigned of, const struct scene *scene)
{
    bool failed = true;
    print_message("%s, %s\n", scene->name, of == FAILING_OURS ? "own memory" : "SQLite's memory");
    for (int n = 1; failed; n++) {
        assert_true(n < TRIES_MAX);
        fake_make_roster();
        fake.kick_count = 0;
        fake.log[0] = '\0';
        phone = fake_phone();
        bridge = fake_bridge();
        fake.last_event = scene->last_event;
        if (!scene->starts)
            fake_start(scene->last_event);
        scene->before();
        fake.message_count = 0;
        failing_begin(of, n, false);
        scene->do_it();
        failed = failing_end();
        scene->check(failed);
        fake_stop();
        fake_sql("DROP TABLE roster; DROP TABLE login");
    }
}

static void test_memory_runs_out(void **unused)
{
    static const struct scene SCENES[] = {
        {"start", MOSQ_EVT_DISCONNECT, true, do_nothing, start, check_start},
        {"login", MOSQ_EVT_DISCONNECT, false, do_nothing, login, check_login},
        {"login to 2.1", FAKE_EVENT_CLIENT_OFFLINE, false, do_nothing, login, check_login},
        {"connect event", FAKE_EVENT_CLIENT_OFFLINE, false, login, connect_event, check_connect},
        {"refusal", MOSQ_EVT_DISCONNECT, false, do_nothing, refuse, check_refused},
        {"presence", MOSQ_EVT_DISCONNECT, false, enter, tick, check_told},
        {"leave", MOSQ_EVT_DISCONNECT, false, enter_and_tell, leave, check_left},
        {"publish", MOSQ_EVT_DISCONNECT, false, enter, speak, check_spoke},
        {"reload", MOSQ_EVT_DISCONNECT, false, change_roster, tick, check_roster},
        {"snapshot", MOSQ_EVT_DISCONNECT, false, enter_many, ask_snapshot, check_pages},
        {"commands", MOSQ_EVT_DISCONNECT, false, enter_and_tell, ask_all, check_answers},
        {"batch", MOSQ_EVT_DISCONNECT, false, enter_and_tell, pass_batch, check_batch},
    };
    (void)unused;
    for (size_t i = 0; i < COUNT(SCENES); i++) {
        try_scene(FAILING_OURS, &SCENES[i]);
        try_scene(FAILING_SQLITE, &SCENES[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_memory_runs_out, fake_set_up, fake_tear_down),
    };
    failing_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
