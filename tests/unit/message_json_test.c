// A message and an event as the API shows them: every state with its wait or its error, and what must not be
// shown.
#include "tests/unit/store_fixture.h"

#include "bridge/api/api_internal.h"
#include "common/segments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The message as it is written, read again. Owned.
static json_t *written(const struct message_view *view, struct query *store)
{
    struct json_out out = {0};
    api_message_json(&out, view, store);
    char *text = json_out_take(&out);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    free(text);
    return json;
}

static json_t *written_event(const struct event_view *view)
{
    char *text = api_event_json(view);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    free(text);
    return json;
}

static struct message_view sample_view(enum state state)
{
    struct message_view view = {.message = sample_message(1)};
    view.message.state = state;
    snprintf(view.device_id, sizeof(view.device_id), "phone");
    view.device_online = true;
    return view;
}

static const char *text_at(json_t *json, const char *object, const char *name)
{
    json_t *inner = object != NULL ? json_object_get(json, object) : json;
    return json_string_value(json_object_get(inner, name));
}

static void test_waits_of_states(void **state)
{
    static const struct {
        enum state state;
        const char *says; // part of the text, NULL = waits for nothing
    } CASES[] = {
        {STATE_SCHEDULED, "scheduled"},
        {STATE_QUEUED, "waits for its turn"},
        {STATE_HELD, "at its limit"},
        {STATE_DISPATCHED, "has not confirmed"},
        {STATE_ACCEPTED, "has not sent it yet"},
        {STATE_SENT, "no delivery report"},
        {STATE_DELIVERED, NULL},
        {STATE_FAILED, NULL},
        {STATE_EXPIRED, NULL},
        {STATE_CANCELLED, NULL},
        {STATE_UNKNOWN, NULL},
        {STATE_UNDELIVERED, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct message_view view = sample_view(CASES[i].state);
        view.message.due_at = 1700000005000;
        snprintf(view.message.reason, sizeof(view.message.reason), "limited");
        snprintf(view.message.detail, sizeof(view.message.detail), "SIM 1 is at its limit");
        json_t *json = written(&view, NULL);
        assert_string_equal(text_at(json, NULL, "state"), state_name(CASES[i].state));
        const char *text = text_at(json, "waiting", "text");
        CHECK((text != NULL) == (CASES[i].says != NULL), "%s: %s", state_name(CASES[i].state), text);
        CHECK(text == NULL || strstr(text, CASES[i].says) != NULL, "%s: %s", state_name(CASES[i].state),
              text);
        json_decref(json);
    }
}

static void test_code_of_a_hold_is_its_reason(void **state)
{
    struct message_view view = sample_view(STATE_HELD);
    (void)state;
    snprintf(view.message.reason, sizeof(view.message.reason), "sim_daily_limit");
    snprintf(view.message.detail, sizeof(view.message.detail), "until 00:00");
    view.message.turn = TURN_NONE;
    view.message.due_at = 1700000005000;
    json_t *json = written(&view, NULL);
    assert_string_equal(text_at(json, "waiting", "code"), "sim_daily_limit");
    assert_string_equal(text_at(json, "waiting", "text"), "until 00:00");
    assert_string_equal(text_at(json, "waiting", "until"), "2023-11-14T22:13:25.000Z");
    json_decref(json);
}

static void test_absent_device_is_said(void **state)
{
    static const struct {
        enum state state;
        int64_t qos;
        const char *says; // NULL = waits for nothing
    } CASES[] = {
        {STATE_DISPATCHED, 1, "phone is offline"},
        {STATE_ACCEPTED, 1, "is offline"},
        {STATE_DISPATCHED, 0, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct message_view view = sample_view(CASES[i].state);
        view.device_online = false;
        view.message.qos = CASES[i].qos;
        json_t *json = written(&view, NULL);
        const char *text = text_at(json, "waiting", "text");
        CHECK(CASES[i].says == NULL ? text == NULL : text != NULL && strstr(text, CASES[i].says) != NULL,
              "case %zu: %s", i, text != NULL ? text : "nothing");
        json_decref(json);
    }
}

// Errors of final states come with their code; other states have none, whatever the row still holds.
static void test_errors(void **state)
{
    (void)state;
    for (enum state at = STATE_SCHEDULED; at <= STATE_UNKNOWN; at++) {
        struct message_view view = sample_view(at);
        bool tells =
            at == STATE_FAILED || at == STATE_EXPIRED || at == STATE_UNKNOWN || at == STATE_UNDELIVERED;
        if (strcmp(state_name(at), "") == 0)
            continue;
        snprintf(view.message.reason, sizeof(view.message.reason), "no_credit");
        json_t *json = written(&view, NULL);
        const char *code = text_at(json, "error", "code");
        CHECK((code != NULL) == tells, "%s: %s", state_name(at), code);
        assert_true(code == NULL || strcmp(code, "no_credit") == 0);
        json_decref(json);
    }
}

// A one-time code is for its reader only, and a text that was taken out is not an empty one.
static void test_hidden_texts(void **state)
{
    static const struct {
        enum purpose purpose;
        enum redact redact;
        bool shown;
    } CASES[] = {
        {PURPOSE_TEXT, REDACT_NEVER, true},     {PURPOSE_TEXT, REDACT_WHEN_SENT, true},
        {PURPOSE_TEXT, REDACT_DONE, false},     {PURPOSE_OTP, REDACT_NEVER, false},
        {PURPOSE_OTP, REDACT_WHEN_SENT, false}, {PURPOSE_NOTICE, REDACT_NEVER, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct message_view view = sample_view(STATE_SENT);
        view.message.purpose = CASES[i].purpose;
        view.message.redact = CASES[i].redact;
        view.message.text = (char *)"987654 is your code";
        json_t *json = written(&view, NULL);
        char *whole = json_dumps(json, JSON_COMPACT);
        CHECK((strstr(whole, "987654") != NULL) == CASES[i].shown, "case %zu: %s", i, whole);
        assert_true(json_is_true(json_object_get(json, "redacted")) == !CASES[i].shown);
        free(whole);
        json_decref(json);
    }
}

static void test_directions(void **state)
{
    struct message_view view = sample_view(STATE_RECEIVED);
    (void)state;
    view.message.direction = DIRECTION_INBOUND;
    json_t *json = written(&view, NULL);
    assert_string_equal(text_at(json, NULL, "direction"), "inbound");
    assert_string_equal(text_at(json, NULL, "from"), "+4915112345678");
    assert_null(json_object_get(json, "to"));
    assert_null(json_object_get(json, "report"));
    assert_null(json_object_get(json, "waiting"));
    json_decref(json);
    view = sample_view(STATE_SENT);
    snprintf(view.want_pool, sizeof(view.want_pool), "sales");
    view.message.metadata = (char *)"{\"order\":7}";
    json = written(&view, NULL);
    assert_string_equal(text_at(json, NULL, "to"), "+4915112345678");
    assert_string_equal(text_at(json, NULL, "from"), "sales");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "metadata"), "order")), 7);
    json_decref(json);
}

static void test_segments(void **state)
{
    struct message_view view = sample_view(STATE_SENT);
    (void)state;
    view.message.text = (char *)"z\xC3\xA4\xF0\x9F\x98\x80";
    view.message.encoding = SEGMENTS_UCS2;
    view.message.parts = 3;
    json_t *json = written(&view, NULL), *segments = json_object_get(json, "segments");
    assert_int_equal(json_integer_value(json_object_get(segments, "count")), 3);
    assert_int_equal(json_integer_value(json_object_get(segments, "characters")), 3);
    assert_string_equal(json_string_value(json_object_get(segments, "encoding")), "UCS-2");
    json_decref(json);
}

static void test_place_in_the_queue(void **state)
{
    static const char *const SAYS[] = {"is next", "1 message stands before it", "2 messages stand before it"};
    struct fixture *fixture = *state;
    for (int64_t n = 1; n <= (int64_t)COUNT(SAYS); n++) {
        struct message message = sample_message(n);
        put_message(fixture->store, &message);
    }
    for (int64_t n = 1; n <= (int64_t)COUNT(SAYS); n++) {
        struct message_view view;
        struct message message = sample_message(n);
        assert_int_equal(query_message(fixture_query(fixture), &view, 1, message.id), QUERY_OK);
        json_t *json = written(&view, fixture_query(fixture));
        assert_string_equal(text_at(json, "waiting", "text"), SAYS[n - 1]);
        json_decref(json);
        message_view_clear(&view);
    }
}

static void test_events(void **state)
{
    struct event_view view = {.event = sample_event(1, 7), .direction = DIRECTION_INBOUND};
    (void)state;
    view.event.part = 2;
    view.event.lease = 3;
    snprintf(view.message_id, sizeof(view.message_id), "SMx");
    snprintf(view.peer, sizeof(view.peer), "+1");
    json_t *json = written_event(&view);
    assert_string_equal(text_at(json, NULL, "event"), "message.queued");
    assert_string_equal(text_at(json, NULL, "at"), "2023-11-14T22:13:20.001Z");
    assert_string_equal(text_at(json, "message", "from"), "+1");
    assert_string_equal(text_at(json, "message", "state"), "queued");
    assert_int_equal(json_integer_value(json_object_get(json, "part")), 2);
    assert_int_equal(json_integer_value(json_object_get(json, "lease")), 3);
    json_decref(json);
    view = (struct event_view){.event = {.kind = EVENT_DEVICE_WARNING, .at = 1}};
    snprintf(view.device_id, sizeof(view.device_id), "phone");
    json = written_event(&view);
    assert_string_equal(text_at(json, NULL, "device"), "phone");
    assert_null(json_object_get(json, "message"));
    assert_null(json_object_get(json, "lease"));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waits_of_states),
        cmocka_unit_test(test_code_of_a_hold_is_its_reason),
        cmocka_unit_test(test_absent_device_is_said),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_hidden_texts),
        cmocka_unit_test(test_directions),
        cmocka_unit_test(test_segments),
        cmocka_unit_test_setup_teardown(test_place_in_the_queue, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
