// Memory that runs out in the link to the broker: the n-th allocation, of the link or of libmosquitto for it,
// fails, for n = 1, 2, 3 and so on until all went well. Payloads may get lost, as the engine or the device
// sends them again, but never a part of one; and who is connected must be known in the end. libmosquitto and
// the engine are stood in for. What decodes JSON leaves jansson alone: json_loadb of 2.14 crashes by itself
// when it gets no memory.
#include "tests/unit/cases.h"
#include "tests/unit/failing.h"

#include "bridge/link/link_internal.h"
#include "common/json_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { TRIES_MAX = 500, SENDS = 70, ROOM = 100, BATCHED = 5, PAYLOAD_SIZE = 1024 };

#define BOOT "\"boot\":\"0123456789abcdef0123456789abcdef\""

static struct link *link_under_test;
static int silent_socket;
static struct {
    char topic[64], payload[PAYLOAD_SIZE];
    int mid;
} published[ROOM];
static int published_count;
static struct command *submitted[ROOM];
static int submitted_count;

int mosquitto_publish_v5(struct mosquitto *client, int *mid, const char *topic, int length,
                         const void *payload, int qos, bool retain, const mosquitto_property *properties)
{
    void *packet = malloc(1);
    (void)client, (void)qos, (void)retain, (void)properties;
    if (packet == NULL)
        return MOSQ_ERR_NOMEM;
    free(packet);
    assert_true(published_count < ROOM && length < PAYLOAD_SIZE);
    published[published_count].mid = published_count + 1;
    snprintf(published[published_count].topic, sizeof(published[0].topic), "%s", topic);
    snprintf(published[published_count].payload, PAYLOAD_SIZE, "%.*s", length, (const char *)payload);
    published_count++;
    if (mid != NULL)
        *mid = published_count;
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_socket(struct mosquitto *client)
{
    (void)client;
    return silent_socket;
}

bool mosquitto_want_write(struct mosquitto *client)
{
    (void)client;
    return false;
}

int mosquitto_loop_misc(struct mosquitto *client)
{
    (void)client;
    return MOSQ_ERR_SUCCESS;
}

bool engine_submit(struct engine *engine, struct command *command)
{
    (void)engine;
    assert_true(submitted_count < ROOM);
    submitted[submitted_count++] = command;
    return true;
}

void engine_count_bad_report(struct engine *engine)
{
    (void)engine;
}

void engine_count_link_batch(struct engine *engine, int64_t payloads)
{
    (void)engine, (void)payloads;
}

bool engine_full(const struct engine *engine)
{
    (void)engine;
    return false;
}

// What is tried; check is called with memory again.
struct scene {
    const char *name;
    unsigned of;
    void (*before)(void);
    void (*do_it)(void);
    void (*check)(bool failed);
};

static void do_nothing(void)
{
}

static void start(void)
{
    static const struct link_options options = {.socket_path = "", .name = "bridge", .key = ""};
    link_under_test = link_new(&options);
    if (link_under_test != NULL)
        link_under_test->up = true;
}

static void forget(void)
{
    for (int i = 0; i < submitted_count; i++)
        command_free(submitted[i]);
    submitted_count = published_count = 0;
}

static void stop(void)
{
    if (link_under_test != NULL)
        link_forget_mids(link_under_test);
    link_free(link_under_test);
    forget();
}

static void turn(void)
{
    uint64_t one = 1;
    assert_int_equal(write(link_under_test->wake, &one, sizeof(one)), sizeof(one));
    link_turn(link_under_test);
}

static int count_submitted(enum command_kind kind)
{
    int count = 0;
    for (int i = 0; i < submitted_count; i++)
        count += submitted[i]->kind == kind;
    return count;
}

// How often was published what has that in its payload; all payloads must be whole.
static int count_published(const char *part)
{
    int count = 0;
    for (int i = 0; i < published_count; i++) {
        json_t *json = json_loads(published[i].payload, JSON_REJECT_DUPLICATES, NULL);
        CHECK(json != NULL, "no JSON: %s", published[i].payload);
        json_decref(json);
        count += strstr(published[i].payload, part) != NULL;
    }
    return count;
}

static void check_start(bool failed)
{
    assert_true(failed || link_under_test != NULL);
}

static struct publish *new_item(enum topic_leaf leaf)
{
    struct publish *item = calloc(1, sizeof(*item));
    assert_non_null(item);
    snprintf(item->device, sizeof(item->device), "phone");
    item->leaf = leaf;
    item->qos = 1;
    return item;
}

static struct publish *new_send(int number)
{
    struct publish *item = new_item(TOPIC_SEND);
    snprintf(item->send.id, sizeof(item->send.id), "SM%d", number);
    snprintf(item->send.to, sizeof(item->send.to), "+4915112345678");
    item->send.text = strdup("Hello");
    assert_non_null(item->send.text);
    item->send.lease = number;
    item->send.lane = LANE_OTP;
    return item;
}

static const enum topic_leaf LEAVES[] = {TOPIC_CANCEL, TOPIC_QUERY, TOPIC_RECEIPT, TOPIC_CONFIG, TOPIC_INBOX};

static void queue_all_kinds(void)
{
    struct publish *items = new_send(1), **end = &items->next;
    for (size_t i = 0; i < COUNT(LEAVES); i++, end = &(*end)->next)
        *end = new_item(LEAVES[i]);
    struct publish *query = items->next->next;
    query->query.ids = calloc(2, sizeof(*query->query.ids));
    assert_non_null(query->query.ids);
    for (; query->query.count < 2; query->query.count++)
        snprintf(query->query.ids[query->query.count], ID_SIZE, "SM%zu", query->query.count);
    link_publish(link_under_test, items);
}

static void check_kinds(bool failed)
{
    static const char *const WHOLE[] = {"\"lane\":\"otp\"", "\"ids\":[\"SM0\",\"SM1\"]"};
    assert_true(count_published("") >= (int)COUNT(LEAVES)); // one may be lost
    assert_true(count_published(WHOLE[0]) == count_published("\"text\""));
    assert_true(count_published(WHOLE[1]) == count_published("\"ids\""));
    assert_true(failed || (published_count == (int)COUNT(LEAVES) + 1));
    link_acknowledge(link_under_test, 1, false);
    turn();
    assert_true(failed || count_submitted(COMMAND_PUBLISHED) == 1);
    CHECK(strstr(published[0].topic, "/send") != NULL || submitted_count == 0, "acknowledged %s",
          published[0].topic);
}

static void queue_sends(void)
{
    for (int i = 1; i <= SENDS; i++)
        link_publish(link_under_test, new_send(i));
    turn();
    assert_int_equal(published_count, SENDS);
}

static void acknowledge(void)
{
    for (int i = 0; i < published_count; i++)
        link_acknowledge(link_under_test, published[i].mid, false);
    turn();
}

// At least all but the one for which there was no memory, each once and in order.
static void check_acknowledged(bool failed)
{
    int64_t last = 0;
    size_t count = 0;
    turn();
    for (int i = 0; i < submitted_count; i++)
        for (size_t k = 0; k < submitted[i]->published.count; k++, count++) {
            assert_true(submitted[i]->published.items[k].lease > last);
            last = submitted[i]->published.items[k].lease;
        }
    CHECK(count == SENDS || (failed && count == SENDS - 1), "%zu acknowledged", count);
}

static void change_roster(void)
{
    link_roster_changed(link_under_test, "");
    link_roster_changed(link_under_test, "phone");
    turn();
}

static void check_roster(bool failed)
{
    int told = count_published("\"roster\"") + count_published("\"device\":\"phone\"");
    assert_true(told == 2 || (failed && told == 1));
}

// The engine must be told of the link, and the plugin asked who is connected, now or at the next look.
static void lose_states(void)
{
    link_states_lost(link_under_test);
    turn();
}

static void check_asked(bool failed)
{
    (void)failed;
    turn();
    if (count_published("\"snapshot\"") == 0) {
        assert_true(link_under_test->answer_due_ms > 0);
        link_under_test->answer_due_ms = 1; // long ago
        turn();
    }
    assert_true(count_published("\"snapshot\"") > 0);
    assert_true(count_submitted(COMMAND_LINK) > 0 && submitted[0]->link.up);
}

static void receive(const char *topic, const char *text)
{
    const struct mosquitto_message message = {.topic = (char *)(uintptr_t)topic,
                                              .payload = (void *)(uintptr_t)text,
                                              .payloadlen = (int)strlen(text)};
    link_receive(link_under_test, &message);
}

// A few, for a plugin that takes them in one.
static void queue_batch(void)
{
    link_under_test->batches = true;
    for (int i = 1; i <= BATCHED; i++)
        link_publish(link_under_test, new_send(i));
}

static void answer_batch(void)
{
    turn();
    receive(LINK_CONTROL_RESPONSE,
            "{\"command\":\"batch\",\"request\":\"1\",\"ok\":true," BOOT ",\"absent\":[],\"taken\":5}");
    turn();
}

// In one batch, but for one that memory ran out for, or each by itself.
static void check_batch_sent(bool failed)
{
    int sent = 0;
    for (int i = 1; i <= BATCHED; i++) {
        char id[16];
        snprintf(id, sizeof(id), "\"SM%d\"", i);
        for (int k = 0; k < published_count; k++)
            sent += strstr(published[k].payload, id) != NULL;
    }
    CHECK(sent == BATCHED || (failed && sent == BATCHED - 1), "%d sent", sent);
    CHECK(failed || published_count == 1, "%d publishes", published_count);
    link_batch_forget(link_under_test);
}

static void check_batch(bool failed)
{
    int told = 0;
    for (int i = 0; i < submitted_count; i++)
        told += (int)submitted[i]->published.count;
    CHECK(told == BATCHED || (failed && told < BATCHED), "%d told", told);
    check_batch_sent(failed);
}

static void receive_uplinks(void)
{
    receive("sms/v1/phone/report", "{\"journal\":\"j1\",\"reports\":[{\"seq\":1,\"id\":"
                                   "\"SM019aa33ac4c07c4d8e5f60718293a4b5\",\"lease\":1,"
                                   "\"state\":\"sent\",\"part\":1,\"parts\":1,\"at\":1795222923456}]}");
    receive("sms/v1/phone/inbound",
            "{\"journal\":\"j1\",\"texts\":[{\"seq\":1,\"uid\":\"in-1\",\"from\":\"+491701234567\",\"sim\":1,"
            "\"text\":\"Hello\",\"received_at\":1795222923456}]}");
    receive(
        "sms/v1/phone/status",
        "{\"hello\":true,\"journal\":\"j1\",\"oldest\":1,\"next\":1,\"software\":\"x/1\",\"radio\":\"sim\","
        "\"queue\":0,\"at\":1795222923456,\"sims\":[{\"slot\":1}]}");
}

static void check_uplinks(bool failed)
{
    CHECK(failed || submitted_count >= 1, "%d submitted", submitted_count);
    for (int i = 0; i < submitted_count; i++)
        assert_true(submitted[i]->kind == COMMAND_REPORTS || submitted[i]->kind == COMMAND_INBOUND ||
                    submitted[i]->kind == COMMAND_STATUS);
    forget();
    receive_uplinks();
    assert_int_equal(submitted_count, 3);
}

static void receive_presence(void)
{
    receive("sms/v1/phone/presence",
            "{\"device\":\"phone\",\"state\":\"online\",\"at\":1795222923456," BOOT "}");
    turn();
}

static void check_presence(bool failed)
{
    if (count_submitted(COMMAND_PRESENCE) == 0) {
        assert_true(failed);
        check_asked(failed);
    }
}

static void ask(void)
{
    link_states_lost(link_under_test);
    turn();
    forget();
}

#define PAGE(number, more, device)                                                                           \
    "{\"command\":\"snapshot\",\"request\":\"%s\",\"ok\":true," BOOT ",\"page\":" number ",\"more\":" more   \
    ",\"online\":[{\"device\":\"" device "\"}]}"

static void receive_page(const char *format)
{
    char text[PAYLOAD_SIZE];
    snprintf(text, sizeof(text), format, link_under_test->asked);
    receive(LINK_CONTROL_RESPONSE, text);
}

static void receive_pages(void)
{
    receive_page(PAGE("0", "true", "a"));
    receive_page(PAGE("1", "true", "b"));
    receive_page(PAGE("2", "false", "c"));
    turn();
}

// The engine gets the last page only behind all others, or the plugin is asked again.
static void check_pages(bool failed)
{
    int pages = count_submitted(COMMAND_ONLINE);
    if (pages == 3) {
        assert_true(submitted[0]->online.first && submitted[2]->online.last);
        return;
    }
    assert_true(failed);
    for (int i = 0; i < submitted_count; i++)
        CHECK(submitted[i]->kind != COMMAND_ONLINE || !submitted[i]->online.last, "the last of %d pages",
              pages);
    check_asked(failed);
    forget();
    receive_pages();
    assert_int_equal(count_submitted(COMMAND_ONLINE), 3);
}

static void try_scene(const struct scene *scene)
{
    bool failed = true;
    print_message("%s\n", scene->name);
    for (int n = 1; failed; n++) {
        assert_true(n < TRIES_MAX);
        if (scene->do_it != start)
            start();
        scene->before();
        failing_begin(scene->of, n, false);
        scene->do_it();
        failed = failing_end();
        scene->check(failed);
        stop();
    }
}

static void test_memory_runs_out(void **state)
{
    static const struct scene SCENES[] = {
        {"start", FAILING_OURS, do_nothing, start, check_start},
        {"payloads to devices", FAILING_OURS, queue_all_kinds, turn, check_kinds},
        {"payloads to devices, JSON", FAILING_JSON, queue_all_kinds, turn, check_kinds},
        {"acknowledgements", FAILING_OURS, queue_sends, acknowledge, check_acknowledged},
        {"a batch", FAILING_OURS, queue_batch, answer_batch, check_batch},
        {"a batch, JSON", FAILING_JSON, queue_batch, turn, check_batch_sent},
        {"the roster", FAILING_OURS, do_nothing, change_roster, check_roster},
        {"the roster, JSON", FAILING_JSON, do_nothing, change_roster, check_roster},
        {"states", FAILING_OURS, do_nothing, lose_states, check_asked},
        {"states, JSON", FAILING_JSON, do_nothing, lose_states, check_asked},
        {"payloads of devices", FAILING_OURS, do_nothing, receive_uplinks, check_uplinks},
        {"presence", FAILING_OURS, do_nothing, receive_presence, check_presence},
        {"a snapshot", FAILING_OURS, ask, receive_pages, check_pages},
    };
    (void)state;
    silent_socket = eventfd(0, EFD_CLOEXEC);
    assert_true(silent_socket >= 0);
    for (size_t i = 0; i < COUNT(SCENES); i++)
        try_scene(&SCENES[i]);
    close(silent_socket);
}

// Pages that are lost on the way, come out of turn, or belong to an older question.
static void test_pages_of_a_snapshot(void **state)
{
    (void)state;
    silent_socket = eventfd(0, EFD_CLOEXEC);
    start();
    ask();
    receive_page(PAGE("1", "false", "b"));
    assert_int_equal(count_submitted(COMMAND_ONLINE), 0);
    turn();
    assert_int_equal(count_published("\"snapshot\""), 1);
    forget();
    receive(LINK_CONTROL_RESPONSE, "{\"command\":\"snapshot\",\"request\":\"snapshot-1\",\"ok\":true," BOOT
                                   ",\"page\":0,\"more\":false,\"online\":[]}");
    assert_int_equal(submitted_count, 0);
    receive_pages();
    assert_int_equal(count_submitted(COMMAND_ONLINE), 3);
    assert_int_equal(published_count, 0);
    stop();
    close(silent_socket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_runs_out),
        cmocka_unit_test(test_pages_of_a_snapshot),
    };
    failing_install();
    json_memory_watch();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
