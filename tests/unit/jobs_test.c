// Deliveries of one engine under the test's clock: what is handed out when, and what it tells, out of memory
// or out of the store.
#include "bridge/engine/jobs.h"

#include "bridge/api/api.h"
#include "bridge/engine/fleet_pool.h"
#include "bridge/engine/life.h"
#include "bridge/engine/pool.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = WEBHOOK_ABOARD + 20, PAUSE_AFTER = 3, RETRY_MS = 5000, PROBE_MS = 60000 };

static int set_up(void **state)
{
    struct engine_options options = core_fixture_options();
    options.hook_waiting_max = 1000;
    options.hook_delays_ms[0] = options.hook_delays_ms[1] = RETRY_MS;
    options.hook_delays = 2;
    options.hook_pause_after = PAUSE_AFTER;
    options.hook_probe_ms = PROBE_MS;
    options.hook_give_up_ms = options.hook_keep_ms = options.hook_keep_dead_ms = INT64_C(86400000);
    return core_fixture_start(state, &options, CORE_FIXTURE_START_MS);
}

static struct webhook_entry *add_webhook(struct core_fixture *fixture, int64_t events)
{
    struct command *command = command_new(COMMAND_WEBHOOK_ADD, ORIGIN_NONE, 1);
    command->webhook.url = strdup("https://app.example/sms");
    command->webhook.events = events;
    command->webhook.signature = HOOK_STANDARD;
    webhooks_add(fixture->core, command);
    assert_int_equal(command->status, COMMAND_OK);
    struct webhook_entry *entry = webhooks_by_n(fixture->core->webhooks, command->webhook.row.n);
    command_free(command);
    core_fixture_pass(fixture, 0); // it has been looked at
    assert_non_null(entry);
    return entry;
}

// An event without a message.
static void happen(struct core_fixture *fixture)
{
    life_subject_event(fixture->core, 1, EVENT_CONTACT_OPTED_OUT, "+4915112345678", "stop", NULL);
}

// Ends the batch and begins the next one. Returns what left, owned.
static struct hook_post *let_out(struct core_fixture *fixture)
{
    struct core *core = fixture->core;
    core_settle(core);
    cache_flush(core->cache, core->store);
    assert_false(core->broken);
    assert_int_equal(store_commit(core->store), STORE_OK);
    struct hook_post *posts = core->effects.posts;
    core->effects.posts = NULL;
    effects_fail(&core->effects, COMMAND_UNAVAILABLE);
    store_begin(core->store);
    return posts;
}

// Frees them. Returns how many there were; *told of these bring what they tell.
static size_t drop(struct hook_post *posts, size_t *told)
{
    size_t count = 0;
    *told = 0;
    for (struct hook_post *next; posts != NULL; posts = next, count++) {
        next = posts->next;
        *told += posts->content != NULL;
        hook_post_free(posts);
    }
    return count;
}

static void result_of(struct core_fixture *fixture, int64_t webhook, int64_t job, bool arrived)
{
    struct command *command = command_new(COMMAND_HOOK_RESULTS, ORIGIN_NONE, 0);
    command->hook_results.items = calloc(1, sizeof(*command->hook_results.items));
    command->hook_results.count = 1;
    command->hook_results.items[0] = (struct hook_result){
        .job = job, .webhook = webhook, .status = arrived ? 204 : 500, .took_ms = 3, .arrived = arrived};
    jobs_results(fixture->core, command);
    command_free(command);
}

// The next batch gets the results of all that left in the last one. Returns what leaves then, owned.
static struct hook_post *answer_take(struct core_fixture *fixture, struct hook_post *posts, bool arrived)
{
    for (struct hook_post *post = posts; post != NULL; post = post->next)
        result_of(fixture, post->webhook, post->job, arrived);
    size_t told;
    (void)drop(posts, &told);
    return let_out(fixture);
}

static int64_t jobs_in(struct core_fixture *fixture, enum hook_state state)
{
    char query[80];
    snprintf(query, sizeof(query), "SELECT COUNT(*) FROM hook_job WHERE state = %d", state);
    return core_fixture_number(fixture, query);
}

// Both ways to write a body give the same.
static void compare(struct core_fixture *fixture, const struct hook_post *post)
{
    struct hook_content stored;
    assert_non_null(post->content);
    assert_int_equal(query_hook_content(fixture_query(fixture->store), &stored, post->event), QUERY_OK);
    assert_memory_equal(&post->content->event, &stored.event, sizeof(stored.event));
    char *memory = api_hook_body(post, "EV1", post->content), *store = api_hook_body(post, "EV1", &stored);
    assert_string_equal(memory, store);
    if (stored.event.event.message != 0)
        assert_same_message(&post->content->message.message, &stored.message.message);
    free(memory);
    free(store);
    message_view_clear(&stored.message);
}

// Lets out what the batch has to tell, until nothing is left: so much of it out of memory. What is behind
// another of its message is read from the store.
static void compare_all(struct core_fixture *fixture, size_t expected)
{
    size_t count = 0;
    for (struct hook_post *posts = let_out(fixture); posts != NULL; posts = answer_take(fixture, posts, true))
        for (const struct hook_post *post = posts; post != NULL; post = post->next)
            if (post->content != NULL) {
                compare(fixture, post);
                count++;
            }
    assert_int_equal(count, expected);
}

static struct message *send_rich(struct core_fixture *fixture, const char *device, const char *pool)
{
    struct command *command = core_fixture_text("+4915112345679");
    command->send.metadata = strdup("{\"order\":7}");
    command->send.callback_url = strdup("https://app.example/one");
    command->send.report = true;
    if (device != NULL) {
        snprintf(command->send.device, sizeof(command->send.device), "%s", device);
        command->send.sim = 2;
    }
    if (pool != NULL)
        command->send.pool = fleet_pool_named(fleet_account(fixture->core->fleet, 1), pool)->row.n;
    return core_fixture_send_take(fixture->core, command);
}

static void add_pool(struct core_fixture *fixture, const char *name)
{
    struct command *command = command_new(COMMAND_POOL_ADD, ORIGIN_NONE, 1);
    snprintf(command->pool.name, sizeof(command->pool.name), "%s", name);
    pool_add(fixture->core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
}

static void test_memory_tells_what_the_store_would(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    (void)add_webhook(fixture, event_bit(STATE_SENT) | event_bit(EVENT_CONTACT_OPTED_OUT) |
                                   event_bit(EVENT_DEVICE_ADDED));
    happen(fixture);
    core_fixture_add_device(fixture, "phone-1");
    add_pool(fixture, "alerts");
    compare_all(fixture, 2);
    struct message *messages[] = {send_rich(fixture, NULL, NULL), send_rich(fixture, "phone-1", NULL),
                                  send_rich(fixture, NULL, "alerts"), send_rich(fixture, NULL, NULL)};
    messages[3]->redact = REDACT_WHEN_SENT; // what it leaves of the text is nothing
    messages[3]->hide_number = true;
    for (size_t i = 0; i < COUNT(messages); i++)
        life_lease(core, messages[i], fleet_device_by_id(core->fleet, "phone-1"));
    for (size_t i = 0; i < COUNT(messages); i++)
        assert_true(life_move(core, messages[i], STATE_SENT, core->now - 5, "code", "in \"words\""));
    messages[0]->updated_at += 7; // the batch goes on behind the event
    cache_touch(core->cache, messages[0]);
    compare_all(fixture, 2 * COUNT(messages)); // and each its callback URL, where it is the first to be told
}

static void test_what_memory_lacks_is_read_from_the_store(void **state)
{
    struct core_fixture *fixture = *state;
    (void)add_webhook(fixture, event_bit(STATE_QUEUED) | event_bit(STATE_HELD));
    struct message *message = core_fixture_send_take(fixture->core, core_fixture_text(NULL));
    message->schedule = 9;
    size_t told;
    assert_int_equal(drop(let_out(fixture), &told), 1);
    assert_int_equal(told, 0);
}

static void test_events_of_a_message_go_one_after_the_other(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    (void)add_webhook(fixture, event_bit(STATE_FAILED) | event_bit(STATE_SENT) | event_bit(STATE_DELIVERED));
    core_fixture_add_device(fixture, "phone-1");
    struct message *message = core_fixture_send_take(core, core_fixture_text(NULL));
    life_lease(core, message, fleet_device_by_id(core->fleet, "phone-1"));
    assert_true(life_move(core, message, STATE_SENT, core->now, NULL, NULL));
    assert_true(life_move(core, message, STATE_DELIVERED, core->now, NULL, NULL));
    struct hook_post *posts = let_out(fixture);
    assert_non_null(posts);
    assert_null(posts->next);
    int64_t sent = posts->job;
    posts = answer_take(fixture, posts, false);
    assert_null(posts);
    core->now += 2 * RETRY_MS;
    posts = let_out(fixture);
    assert_non_null(posts);
    assert_int_equal(posts->job, sent);
    posts = answer_take(fixture, posts, true);
    assert_non_null(posts);
    assert_int_equal(posts->job, sent + 1);
    assert_null(answer_take(fixture, posts, true));
    assert_int_equal(jobs_in(fixture, HOOK_DONE), 2);
}

// After a restart nobody knows which jobs are behind others: they are found when those have ended.
static void test_restart_keeps_the_order_of_a_message(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    (void)add_webhook(fixture, event_bit(STATE_SENT) | event_bit(STATE_DELIVERED));
    core_fixture_add_device(fixture, "phone-1");
    struct message *message = core_fixture_send_take(core, core_fixture_text(NULL));
    life_lease(core, message, fleet_device_by_id(core->fleet, "phone-1"));
    assert_true(life_move(core, message, STATE_SENT, core->now, NULL, NULL));
    assert_true(life_move(core, message, STATE_DELIVERED, core->now, NULL, NULL));
    size_t told;
    assert_int_equal(drop(let_out(fixture), &told), 1);
    assert_int_equal(told, 1);
    core_fixture_reload(fixture);
    struct hook_post *posts = let_out(fixture);
    assert_int_equal(posts->job, 1);
    assert_null(posts->content);
    posts = answer_take(fixture, posts, true);
    assert_int_equal(posts->job, 2);
    assert_null(answer_take(fixture, posts, true));
    happen(fixture);
    assert_int_equal(jobs_in(fixture, HOOK_DONE), 2);
    assert_int_equal(jobs_in(fixture, HOOK_WAITS), 0);
}

// A burst: so many at a time, each once, in order, and nobody overtakes those that wait.
static void test_no_more_are_under_way_than_may_be(void **state)
{
    struct core_fixture *fixture = *state;
    const struct webhook_entry *entry = add_webhook(fixture, event_bit(EVENT_CONTACT_OPTED_OUT));
    for (int i = 0; i < MANY; i++)
        happen(fixture);
    struct hook_post *posts = let_out(fixture);
    int64_t job = 1;
    for (size_t turn = 0; posts != NULL; turn++) {
        int64_t under_way = 0;
        for (const struct hook_post *post = posts; post != NULL; post = post->next, under_way++) {
            assert_int_equal(post->job, job++);
            assert_int_equal(post->content != NULL, post->job <= WEBHOOK_ABOARD);
        }
        assert_true(under_way <= WEBHOOK_IN_FLIGHT);
        assert_int_equal(entry->aboard_count - entry->waits_count, under_way);
        if (turn == 0)
            happen(fixture); // behind the others
        posts = answer_take(fixture, posts, true);
    }
    assert_int_equal(job, MANY + 2);
    assert_int_equal(jobs_in(fixture, HOOK_DONE), MANY + 1);
    happen(fixture); // all is told: out of memory again
    size_t told;
    assert_int_equal(drop(let_out(fixture), &told), 1);
    assert_int_equal(told, 1);
}

static void test_failed_commit_hands_out_nothing(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    int64_t webhook = add_webhook(fixture, event_bit(EVENT_CONTACT_OPTED_OUT))->row.n;
    happen(fixture);
    core_settle(core);
    assert_non_null(core->effects.posts);
    effects_fail(&core->effects, COMMAND_UNAVAILABLE);
    store_rollback(core->store);
    cache_drop(core->cache);
    store_begin(core->store);
    assert_true(core_load(core));
    assert_null(let_out(fixture));
    assert_int_equal(webhooks_by_n(core->webhooks, webhook)->aboard_count, 0);
    assert_int_equal(jobs_in(fixture, HOOK_WAITS), 0);
    happen(fixture);
    size_t told;
    assert_int_equal(drop(let_out(fixture), &told), 1);
    assert_int_equal(told, 1);
}

// Memory was read anew while one was under way: it is made again, and counts once.
static void test_delivery_made_twice_ends_once(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    int64_t webhook = add_webhook(fixture, event_bit(EVENT_CONTACT_OPTED_OUT))->row.n;
    happen(fixture);
    struct hook_post *first = let_out(fixture);
    assert_non_null(first);
    core_fixture_reload(fixture);
    struct hook_post *second = let_out(fixture);
    assert_non_null(second);
    assert_int_equal(second->job, first->job);
    assert_null(answer_take(fixture, first, true));
    assert_null(answer_take(fixture, second, false));
    assert_int_equal(core->counters.hooks_delivered, 1);
    assert_int_equal(core->counters.hooks_failed, 0);
    assert_int_equal(webhooks_by_n(core->webhooks, webhook)->waiting, 0);
    assert_int_equal(jobs_in(fixture, HOOK_DONE), 1);
}

static void test_failing_webhook_is_paused_and_probed(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    const struct webhook_entry *entry = add_webhook(fixture, event_bit(EVENT_CONTACT_OPTED_OUT));
    for (int i = 0; i < PAUSE_AFTER; i++)
        happen(fixture);
    struct hook_post *posts = let_out(fixture);
    posts = answer_take(fixture, posts, false);
    assert_null(posts);
    assert_int_not_equal(entry->row.paused_at, 0);
    happen(fixture);
    assert_null(let_out(fixture));
    core->now += PROBE_MS - 1;
    assert_null(let_out(fixture));
    core->now += 1;
    posts = let_out(fixture);
    assert_non_null(posts);
    assert_null(posts->next);
    posts = answer_take(fixture, posts, false);
    assert_null(posts);
    core->now += 2 * PROBE_MS;
    posts = let_out(fixture);
    assert_non_null(posts);
    assert_null(posts->next);
    posts = answer_take(fixture, posts, true);
    size_t told;
    assert_int_equal(drop(posts, &told), PAUSE_AFTER); // all others follow
    assert_int_equal(entry->row.paused_at, 0);
}

static void disable(struct core_fixture *fixture, const struct webhook_entry *entry, bool disabled)
{
    struct command *command = command_new(COMMAND_WEBHOOK_UPDATE, ORIGIN_NONE, 1);
    memcpy(command->webhook.id, entry->row.id, sizeof(command->webhook.id));
    command->webhook.set_disabled = true;
    command->webhook.disabled = disabled;
    webhooks_update(fixture->core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
}

static void test_disabled_in_the_same_batch(void **state)
{
    struct core_fixture *fixture = *state;
    const struct webhook_entry *entry = add_webhook(fixture, event_bit(EVENT_CONTACT_OPTED_OUT));
    happen(fixture);
    happen(fixture);
    disable(fixture, entry, true);
    happen(fixture); // is not told
    assert_null(let_out(fixture));
    assert_int_equal(entry->aboard_count, 0);
    disable(fixture, entry, false);
    size_t told;
    assert_int_equal(drop(let_out(fixture), &told), 2);
    assert_int_equal(told, 0);
}

// Those that memory keeps until there is room are as late in a pause as the others, and none is lost.
static void test_paused_while_some_wait_for_room(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    const struct webhook_entry *entry = add_webhook(fixture, event_bit(EVENT_CONTACT_OPTED_OUT));
    for (int i = 0; i < WEBHOOK_IN_FLIGHT + 5; i++)
        happen(fixture);
    struct hook_post *posts = let_out(fixture);
    assert_int_equal(entry->waits_count, 5);
    assert_null(answer_take(fixture, posts, false));
    assert_int_equal(entry->aboard_count, 0);
    core->now += PROBE_MS;
    posts = answer_take(fixture, let_out(fixture), true);
    size_t count = 1;
    for (; posts != NULL; posts = answer_take(fixture, posts, true))
        for (const struct hook_post *post = posts; post != NULL; post = post->next)
            count++;
    assert_int_equal(count, WEBHOOK_IN_FLIGHT + 5);
    assert_int_equal(jobs_in(fixture, HOOK_DONE), WEBHOOK_IN_FLIGHT + 5);
    assert_int_equal(entry->waiting, 0);
}

static void test_removed_while_under_way(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    struct webhook_entry *entry = add_webhook(fixture, event_bit(EVENT_CONTACT_OPTED_OUT));
    happen(fixture);
    struct hook_post *posts = let_out(fixture);
    struct command *command = command_new(COMMAND_WEBHOOK_REMOVE, ORIGIN_NONE, 1);
    memcpy(command->webhook.id, entry->row.id, sizeof(command->webhook.id));
    webhooks_remove(core, command);
    command_free(command);
    assert_null(answer_take(fixture, posts, true));
    assert_int_equal(entry->aboard_count, 0);
    for (int i = 0; i < 5; i++)
        core_fixture_pass(fixture, 1000);
    assert_null(webhooks_first(core->webhooks));
    assert_int_equal(core_fixture_number(fixture, "SELECT COUNT(*) FROM hook_job"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, core_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_memory_tells_what_the_store_would),
        TEST(test_what_memory_lacks_is_read_from_the_store),
        TEST(test_events_of_a_message_go_one_after_the_other),
        TEST(test_restart_keeps_the_order_of_a_message),
        TEST(test_no_more_are_under_way_than_may_be),
        TEST(test_failed_commit_hands_out_nothing),
        TEST(test_delivery_made_twice_ends_once),
        TEST(test_failing_webhook_is_paused_and_probed),
        TEST(test_disabled_in_the_same_batch),
        TEST(test_paused_while_some_wait_for_room),
        TEST(test_removed_while_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
