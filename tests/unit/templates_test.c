// Texts with variables in the engine: their limits, and the texts that requests make of them.
#include "bridge/engine/templates.h"

#include "bridge/engine/send.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct command *put(struct core *core, int64_t account, const char *name, const char *text,
                           bool only_new)
{
    struct command *command = command_new(COMMAND_TEMPLATE_PUT, ORIGIN_NONE, account);
    struct template_row *row = &command->template.row;
    command->template.only_new = only_new;
    snprintf(row->name, sizeof(row->name), "%s", name);
    row->texts = calloc(1, sizeof(*row->texts));
    row->texts[0].text = strdup(text);
    row->text_count = 1;
    templates_put(core, command);
    return command;
}

// Puts a template and says how that ended.
static enum command_status put_status(struct core *core, int64_t account, const char *name, const char *text,
                                      bool only_new)
{
    struct command *command = put(core, account, name, text, only_new);
    enum command_status status = command->status;
    command_free(command);
    return status;
}

static enum command_status remove_status(struct core *core, int64_t account, const char *name)
{
    struct command *command = command_new(COMMAND_TEMPLATE_REMOVE, ORIGIN_NONE, account);
    snprintf(command->template.row.name, TEMPLATE_NAME_SIZE, "%s", name);
    templates_remove(core, command);
    enum command_status status = command->status;
    command_free(command);
    return status;
}

static void set_values(struct template_values *values, const char *name, const char *text)
{
    struct field_error error;
    json_t *json = json_pack("{s:s}", name, text);
    assert_true(template_values_read(values, json, "", &error));
    json_decref(json);
}

// A batch to count numbers by the template; the caller applies and frees it.
static struct command *batch(const char *template, size_t count)
{
    struct command *command = command_new(COMMAND_SEND, ORIGIN_NONE, 1);
    struct command_send *send = &command->send;
    send->batch = true;
    send->count = send->own_count = count;
    send->to = calloc(count, sizeof(*send->to));
    send->own = calloc(count, sizeof(*send->own));
    send->wish = calloc(1, sizeof(*send->wish));
    send->lane = LANE_NORMAL;
    send->qos = 1;
    snprintf(send->wish->name, sizeof(send->wish->name), "%s", template);
    for (size_t i = 0; i < count; i++)
        snprintf(send->to[i], NUMBER_SIZE, "+491511234567%c", (char)('0' + i));
    return command;
}

static void test_put_makes_and_replaces(void **state)
{
    struct core *core = ((struct core_fixture *)*state)->core;
    struct command *command = put(core, 1, "a", "one", true);
    assert_true(command->template.added);
    int64_t n = command->template.row.n;
    command_free(command);
    assert_int_equal(put_status(core, 1, "a", "two", true), COMMAND_CONFLICT);
    core->now += 1000;
    command = put(core, 1, "a", "three", false);
    assert_false(command->template.added);
    assert_int_equal(command->template.row.n, n);
    assert_int_equal(command->template.row.updated_at - command->template.row.created_at, 1000);
    command_free(command);
    assert_int_equal(put_status(core, 1, "a", "{{", false), COMMAND_INVALID);
    assert_int_equal(remove_status(core, 1, "a"), COMMAND_OK);
    assert_int_equal(remove_status(core, 1, "a"), COMMAND_NOT_FOUND);
}

static void test_accounts_do_not_meet(void **state)
{
    struct core *core = ((struct core_fixture *)*state)->core;
    assert_int_equal(put_status(core, 1, "a", "one", true), COMMAND_OK);
    assert_int_equal(put_status(core, 2, "a", "two", true), COMMAND_OK);
    assert_int_equal(remove_status(core, 2, "a"), COMMAND_OK);
    assert_int_equal(put_status(core, 1, "a", "one", true), COMMAND_CONFLICT);
    assert_int_equal(remove_status(core, 3, "a"), COMMAND_NOT_FOUND);
}

static void test_an_account_has_so_many(void **state)
{
    struct core *core = ((struct core_fixture *)*state)->core;
    char name[TEMPLATE_NAME_SIZE];
    for (int i = 0; i < TEMPLATE_MAX; i++) {
        snprintf(name, sizeof(name), "t%d", i);
        assert_int_equal(put_status(core, 1, name, "x", true), COMMAND_OK);
    }
    assert_int_equal(put_status(core, 1, "one-more", "x", false), COMMAND_CONFLICT);
    assert_int_equal(put_status(core, 1, "t7", "y", false), COMMAND_OK);
    assert_int_equal(put_status(core, 2, "one-more", "x", false), COMMAND_OK);
    assert_int_equal(remove_status(core, 1, "t7"), COMMAND_OK);
    assert_int_equal(put_status(core, 1, "one-more", "x", false), COMMAND_OK);
}

static void test_recipients_keep_their_own_texts(void **state)
{
    struct core *core = ((struct core_fixture *)*state)->core;
    static const char *const names[] = {"Ada", "Bo", "Cy"};
    assert_int_equal(put_status(core, 1, "hello", "Hello {{name}}", true), COMMAND_OK);
    struct command *command = batch("hello", COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++)
        set_values(&command->send.own[i].values, "name", names[i]);
    send_apply(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    assert_int_equal(command->send.message_count, COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++) {
        CHECK(strcmp(command->send.messages[i].text + 6, names[i]) == 0, "%s",
              command->send.messages[i].text);
        assert_int_equal(command->send.messages[i].parts, 1);
    }
    command_free(command);
}

static void test_nothing_is_accepted_when_one_lacks_a_value(void **state)
{
    struct core *core = ((struct core_fixture *)*state)->core;
    assert_int_equal(put_status(core, 1, "hello", "Hello {{name}}", true), COMMAND_OK);
    struct command *command = batch("hello", 3);
    set_values(&command->send.own[0].values, "name", "Ada");
    set_values(&command->send.own[1].values, "name", "Bo");
    int64_t before = core->last_message;
    send_apply(core, command);
    assert_int_equal(command->status, COMMAND_INVALID);
    assert_string_equal(command->error.path, "to[2].variables.name");
    assert_int_equal(core->last_message, before);
    command_free(command);
}

static void test_unknown_template_is_refused(void **state)
{
    struct core *core = ((struct core_fixture *)*state)->core;
    assert_int_equal(put_status(core, 2, "hello", "Hello", true), COMMAND_OK);
    struct command *command = batch("hello", 1);
    send_apply(core, command);
    assert_int_equal(command->status, COMMAND_INVALID);
    assert_string_equal(command->error.path, "template");
    command_free(command);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, core_fixture_set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_put_makes_and_replaces),
        CASE(test_accounts_do_not_meet),
        CASE(test_an_account_has_so_many),
        CASE(test_recipients_keep_their_own_texts),
        CASE(test_nothing_is_accepted_when_one_lacks_a_value),
        CASE(test_unknown_template_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
