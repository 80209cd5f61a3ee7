// QR codes and pairing URIs.
#include "admin-cli/pair.h"
#include "admin-cli/qr.h"

#include <qrencode.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char uri[] = "smsquitto://pair?h=192.0.2.7&p=8883&t=1&d=phone-1&k=sqd_x";

// One character of the drawing as two light-or-dark modules; moves *at behind it.
static void read_block(const char **at, bool *upper, bool *lower)
{
    static const struct {
        const char *text;
        bool upper, lower;
    } blocks[] = {{" ", false, false}, {"▄", false, true}, {"▀", true, false}, {"█", true, true}};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        if (strncmp(*at, blocks[i].text, strlen(blocks[i].text)) != 0)
            continue;
        *upper = blocks[i].upper;
        *lower = blocks[i].lower;
        *at += strlen(blocks[i].text);
        return;
    }
    fail_msg("an unexpected character in the drawing: %.4s", *at);
}

// Whether the module is light; the margin is.
static bool light(const QRcode *code, int x, int y)
{
    bool inside = x >= 0 && y >= 0 && x < code->width && y < code->width;
    return !inside || !(code->data[y * code->width + x] & 1);
}

static void test_drawing_holds_every_module(void **state)
{
    (void)state;
    char *drawing = qr_render(uri, false);
    QRcode *code = QRcode_encodeString8bit(uri, 0, QR_ECLEVEL_L);
    const char *at = drawing;
    assert_non_null(drawing);
    for (int y = -2; y < code->width + 2; y += 2) {
        for (int x = -2; x < code->width + 2; x++) {
            bool upper, lower;
            read_block(&at, &upper, &lower);
            assert_int_equal(upper, light(code, x, y));
            assert_int_equal(lower, light(code, x, y + 1));
        }
        assert_int_equal(*at++, '\n');
    }
    assert_int_equal(*at, '\0');
    QRcode_free(code);
    free(drawing);
}

static void test_color_on_every_line(void **state)
{
    (void)state;
    char *drawing = qr_render("x", true);
    int lines = 0, starts = 0;
    for (const char *at = drawing; *at; at++) {
        lines += *at == '\n';
        starts += strncmp(at, "\033[40;97m", 8) == 0;
    }
    assert_int_equal(lines, (21 + 4 + 1) / 2);
    assert_int_equal(starts, lines);
    free(drawing);
}

static void test_too_long_for_a_code(void **state)
{
    (void)state;
    static char text[4000];
    memset(text, 'x', sizeof text - 1);
    assert_null(qr_render(text, false));
}

static void test_uri(void **state)
{
    (void)state;
    char *made = pair_uri(
        &(struct pair){.host = "192.0.2.7", .port = 8883, .tls = true, .device = "phone-1", .key = "sqd_x"});
    assert_string_equal(made, uri);
    free(made);
    made = pair_uri(&(struct pair){.host = "a b&c=%", .port = 1883, .device = "d", .key = "ä"});
    assert_string_equal(made, "smsquitto://pair?h=a%20b%26c%3D%25&p=1883&t=0&d=d&k=%C3%A4");
    free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawing_holds_every_module),
        cmocka_unit_test(test_color_on_every_line),
        cmocka_unit_test(test_too_long_for_a_code),
        cmocka_unit_test(test_uri),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
