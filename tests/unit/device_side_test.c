// The radio's side of docs/radio.md: what it hears, and what it says, which the device must understand.
#include "device/radios/side.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct heard {
    char words[1024];
};

static void on_command(void *context, const struct side_command *command)
{
    static const char *const names[] = {
        [SIDE_SEND] = "send", [SIDE_INFO] = "info", [SIDE_INBOX] = "inbox", [SIDE_STORED] = "stored"};
    struct heard *heard = context;
    size_t length = strlen(heard->words);
    snprintf(heard->words + length, sizeof heard->words - length, "%s %s %s %s %s %d %d %d;",
             names[command->op], command->ref != NULL ? command->ref : "-",
             command->to != NULL ? command->to : "-", command->text != NULL ? command->text : "-",
             command->uid != NULL ? command->uid : "-", (int)command->sim, (int)command->since,
             (int)command->report);
}

// Puts text on standard input; to be ended with close(0) when no more comes.
static int feed(const char *text, size_t length)
{
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(write(pipes[1], text, length), (ssize_t)length);
    dup2(pipes[0], STDIN_FILENO);
    close(pipes[0]);
    return pipes[1];
}

static void take(char *line, int writer)
{
    assert_non_null(line);
    assert_int_equal(write(writer, line, strlen(line)), (ssize_t)strlen(line));
    free(line);
}

static void test_commands_of_the_device(void **state)
{
    (void)state;
    static struct side_input input;
    struct heard heard = {.words = ""};
    struct radio_send send = {.ref = "SM1", .to = "+1555", .text = "Grüße", .sim = 2, .report = true};
    int writer = feed("", 0);
    take(radio_send_encode(&send), writer);
    take(radio_info_encode(), writer);
    take(radio_inbox_encode(77), writer);
    take(radio_stored_encode("u1"), writer);
    assert_true(side_read(&input, on_command, &heard));
    assert_string_equal(heard.words, "send SM1 +1555 Grüße - 2 0 1;info - - - - 0 0 0;inbox - - - - 0 77 0;"
                                     "stored - - - u1 0 0 0;");
    close(writer);
    assert_false(side_read(&input, on_command, &heard));
}

static void test_what_is_no_command_is_skipped(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "nonsense",
        "[]",
        "{\"op\":\"odd\"}",
        "{\"op\":5}",
        "{\"op\":\"send\",\"ref\":\"a\",\"to\":\"+1555;id\",\"text\":\"x\"}",
        "{\"op\":\"send\",\"ref\":\"a\",\"to\":\"1555\",\"text\":\"x\"}",
        "{\"op\":\"send\",\"ref\":\"a\",\"to\":\"+1555\"}",
        "{\"op\":\"send\",\"ref\":\"a\",\"to\":\"+1555\",\"text\":\"x\",\"sim\":9}",
        "{\"op\":\"stored\"}",
        "{\"op\":\"inbox\",\"since\":-1}",
    };
    static struct side_input input;
    struct heard heard = {.words = ""};
    int writer = feed("", 0);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_true(write(writer, lines[i], strlen(lines[i])) >= 0 && write(writer, "\n", 1) == 1);
    take(radio_info_encode(), writer);
    assert_true(side_read(&input, on_command, &heard));
    assert_string_equal(heard.words, "info - - - - 0 0 0;");
    close(writer);
}

static void test_lines_come_in_pieces(void **state)
{
    (void)state;
    static struct side_input input;
    struct heard heard = {.words = ""};
    int writer = feed("{\"op\":", 6);
    assert_true(side_read(&input, on_command, &heard));
    assert_string_equal(heard.words, "");
    assert_int_equal(write(writer, "\"info\"}\n{", 9), 9);
    assert_true(side_read(&input, on_command, &heard));
    assert_string_equal(heard.words, "info - - - - 0 0 0;");
    close(writer);
}

static void test_line_that_is_too_long_ends_the_radio(void **state)
{
    (void)state;
    static struct side_input input;
    struct heard heard = {.words = ""};
    char piece[4096];
    memset(piece, ' ', sizeof piece);
    int writer = feed("", 0);
    bool open = true;
    for (int i = 0; i < 2 * RADIO_LINE_MAX_BYTES / (int)sizeof piece && open; i++) {
        assert_int_equal(write(writer, piece, sizeof piece), sizeof piece);
        open = side_read(&input, on_command, &heard);
    }
    assert_false(open);
    close(writer);
}

static void say_all(void)
{
    struct wire_inbound inbound = {
        .uid = "u1", .from = "Bank", .text = "Grüße\n", .sim = 1, .received_at = 1795233890831};
    side_say_taken("SM1");
    side_say_sent("SM1", 2, 3);
    side_say_fate("SM1", 1, 3, true);
    side_say_fate("SM1", 2, 3, false);
    side_say_failed("SM1", WIRE_ERROR_LIMIT, "cause-42", "Congestion");
    side_say_failed("SM1", WIRE_ERROR_NONE, "x", NULL);
    side_say_unknown("SM1", "termux-no-row", "no row");
    side_say_inbound(&inbound);
}

static void test_device_understands_what_is_said(void **state)
{
    (void)state;
    static const enum radio_event_kind kinds[] = {RADIO_TAKEN,       RADIO_SENT,   RADIO_DELIVERED,
                                                  RADIO_UNDELIVERED, RADIO_FAILED, RADIO_FAILED,
                                                  RADIO_UNKNOWN,     RADIO_INBOUND};
    FILE *said = tmpfile();
    char line[1024];
    fflush(stdout);
    int before = dup(STDOUT_FILENO);
    dup2(fileno(said), STDOUT_FILENO);
    say_all();
    dup2(before, STDOUT_FILENO);
    close(before);
    rewind(said);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct radio_event event;
        struct field_error error;
        assert_non_null(fgets(line, sizeof line, said));
        assert_true(radio_event_decode(&event, line, strlen(line), &error));
        assert_int_equal(event.kind, kinds[i]);
        if (event.kind == RADIO_SENT)
            assert_true(event.part == 2 && event.parts == 3);
        if (event.kind == RADIO_INBOUND)
            assert_string_equal(event.inbound.text, "Grüße\n");
        radio_event_clear(&event);
    }
    assert_null(fgets(line, sizeof line, said));
    fclose(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands_of_the_device),
        cmocka_unit_test(test_what_is_no_command_is_skipped),
        cmocka_unit_test(test_lines_come_in_pieces),
        cmocka_unit_test(test_line_that_is_too_long_ends_the_radio),
        cmocka_unit_test(test_device_understands_what_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
